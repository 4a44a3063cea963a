// Runs workflows in projects and state directories whose paths break wrong quoting, splitting or templating.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Server } from "./server.mjs";

const ODD_NAMES = [
  "two  blanks",
  " blanks around ",
  "ünïcödé ☃ 日本 👩‍👩‍👧",
  "e\u0301 decomposed",
  "a\nnewline",
  "a\ttab",
  'it\'s "quoted"',
  "`touch PWNED`",
  "$(touch PWNED)",
  "; touch PWNED #",
  "&& touch PWNED || true",
  "\u202egnp.exe\u202c",
  "{{x}}",
  "${HOME}",
  "${{ inputs.x }}",
  "%s%n%25",
  "*?[a-z]",
  "back\\slash\\",
  "-rf",
  "--state",
  "a=b:c,d",
  "x".repeat(200),
  "☃".repeat(66),
];

const agent = `cat "$1" > "$2.prompt"; printf '{"text": "%s"}' done > "$2"`;
const workflow = {
  name: "Odd",
  steps: [
    { id: "where", command: "pwd -P | tr -d '\\n'; echo here > here.txt", outputKey: "where" },
    { id: "told", command: "printf %s {{where}} > told.txt", condition: "on_success(where)" },
    {
      id: "runner",
      agent: "scribe",
      prompt: "In {{where}}",
      runner: { command: "./agent.sh {prompt_file} {output_file}" },
      condition: "on_success(told)",
    },
    { id: "hand", agent: "scribe", prompt: "By hand", condition: "on_success(runner)" },
  ],
  dependencies: [
    { from: "where", to: "told" },
    { from: "told", to: "runner" },
    { from: "runner", to: "hand" },
  ],
};

export async function paths({ directory, until }) {
  const found = [];
  let [tried, runs] = [0, 0];
  for (const name of ODD_NAMES) {
    if (Date.now() > until && tried > 0) break;
    tried++;
    const base = join(directory, "bases", String(tried));
    const home = join(base, name);
    mkdirSync(home, { recursive: true });
    const problems = await work(home, (count) => {
      runs += count;
    }).catch((error) => [error.message]);
    found.push(...problems.map((problem) => `${JSON.stringify(name.slice(0, 30))}: ${problem}`));
    // Code that misreads the path creates other entries beside it.
    const beside = readdirSync(base).filter((entry) => entry.normalize() !== name.normalize());
    if (beside.length > 0) found.push(`${JSON.stringify(name.slice(0, 30))}: also created ${JSON.stringify(beside)}`);
  }
  const missed = ODD_NAMES.slice(tried).map((name) => JSON.stringify(name.slice(0, 30)));
  return { much: `${tried} paths, ${runs} runs`, found, missed };
}

async function work(home, ended) {
  const problems = [];
  writeFileSync(join(home, "agent.sh"), `#!/bin/sh\n${agent}\n`, { mode: 0o755 });
  const server = await Server.start(home);
  writeFileSync(join(home, "w.json"), JSON.stringify(workflow));
  const { workflowId, error } = await server.tool("execute_workflow", { file: "w.json", cwd: home });
  if (workflowId === undefined) problems.push(`not started: ${error}`);
  else {
    for (let offered = {}; !(offered.assignments?.length > 0); ) {
      const run = await server.tool("monitor_workflow", { workflowId, waitSeconds: 5 });
      if (run.success !== undefined || run.error !== undefined) break;
      offered = await server.tool("handoff", { workflowId, worker: "w" });
      const assignment = offered.assignments?.[0]?.assignment;
      if (assignment) await server.tool("handoff", { action: "complete", assignment, output: "by hand" });
    }
    const run = await server.finished(workflowId);
    if (run.status !== "completed") problems.push(`ended ${run.status ?? run.error}`);
    const told = existsSync(join(home, "told.txt")) ? readFileSync(join(home, "told.txt"), "utf8") : "nothing";
    // The output of a command loses surrounding spaces and line ends, and `tr` removes newlines in the path.
    if (told.trim() !== realpathSync(home).replaceAll("\n", "").trim())
      problems.push(`printed ${JSON.stringify(told)}`);
    if (!existsSync(join(home, "here.txt"))) problems.push("the command ran in another directory");
  }
  const own = await server.tool("execute_workflow", { workflow: SMALL, detach: true });
  const last = own.error === undefined ? await server.finished(own.workflowId) : own;
  if (last.status !== "completed") problems.push(`detached: ${last.status ?? last.error}`);
  if (server.noise.length > 0) problems.push(`unexpected output: ${server.noise[0]}`);
  ended(2);
  await server.kill(true);
  if (existsSync(join(home, "PWNED"))) problems.push("a command in the path ran");
  return problems;
}

const SMALL = { name: "Small", steps: [{ id: "a", command: "echo a" }] };
