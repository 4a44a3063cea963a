// Kills the owner of a run at random instants until the run has ended. Written events must stay, and no finished step
// may run again.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { journal, journalOf, pause, runsIn, Server } from "./server.mjs";

const RUN_TIMEOUT_MS = 60_000;
const ran = 'echo "$BATON_STEP_ID.$BATON_ATTEMPT" >> "$BATON_ATTACK_RAN"; sleep 0.1';
const workflow = {
  name: "Storm",
  // The steps are short: each kill counts as a crash of the running steps, and the third crash fails a step.
  steps: Array.from({ length: 30 }, (_, n) => ({ id: `s${n}`, command: ran })),
  dependencies: Array.from({ length: 27 }, (_, n) => ({ from: `s${n}`, to: `s${n + 3}` })),
};

/** @param lane `one` server, or `two` on one state */
export const kills =
  (lane) =>
  async ({ directory, until }) => {
    const found = [];
    let [count, runs, crashed] = [0, 0, 0];
    while (Date.now() < until) {
      const home = join(directory, String(runs++));
      mkdirSync(home);
      const outcome = await storm(home, lane, runs);
      count += outcome.kills;
      if (outcome.crashed) crashed++;
      found.push(...outcome.found.map((fault) => `run ${runs}: ${fault}`));
    }
    const limit = crashed > 0 ? `, ${crashed} of them failed by the third crash of a step` : "";
    return { much: `${count} SIGKILLs, ${runs} runs${limit}`, found };
  };

async function storm(home, lane, seed) {
  const env = { BATON_ATTACK_RAN: join(home, "ran.txt") };
  const start = () => Server.start(home, home, env);
  let servers = [await start()];
  if (lane === "two") servers.push(await start());
  const { workflowId, error } = await servers[0].tool("execute_workflow", { workflow });
  if (workflowId === undefined) return { kills: 0, found: [`not started: ${error}`] };
  const found = [];
  const end = Date.now() + RUN_TIMEOUT_MS;
  let kills = 0;
  let known = [];
  for (let turn = 0; ; turn++) {
    await pause(120 + ((turn * 97 + seed * 31) % 400));
    if (isFinished(home, workflowId)) break;
    if (Date.now() > end) {
      found.push("not finished after a minute");
      break;
    }
    if (turn > 8) continue;
    const victim = servers[turn % servers.length];
    await victim.kill(turn % 4 === 3);
    kills++;
    const finished = journal(home, workflowId);
    if (known.some((line, n) => finished[n] !== line)) found.push("a written event is lost");
    known = finished;
    servers = await Promise.all(servers.map((one) => (one === victim ? start() : one)));
  }
  const events = journal(home, workflowId).flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  const last = events.findLast(({ type }) => type === "run_finished");
  const crashed = events.some(({ type, reason }) => type === "step_failed" && reason === "crashed");
  if (last && last.status !== "completed" && !crashed) found.push(`ended ${last.status}`);
  const done = existsSync(env.BATON_ATTACK_RAN) ? readFileSync(env.BATON_ATTACK_RAN, "utf8").trim().split("\n") : [];
  if (new Set(done).size !== done.length) found.push("an attempt ran twice");
  const completed = events.filter(({ type }) => type === "step_completed").map(({ step }) => step);
  if (new Set(completed).size !== completed.length) found.push("a finished step ran again");
  for (const { noise } of servers) if (noise.length > 0) found.push(`unexpected output: ${noise[0]}`);
  for (const server of servers) await server.kill(true);
  return { kills, found, crashed };
}

const isFinished = (home, id) =>
  runsIn(home).includes(id) && readFileSync(journalOf(home, id), "utf8").includes('"run_finished"');
