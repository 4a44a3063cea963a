import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { sharedSession } from "../../rig/session.ts";

/** Each shipped template runs to its end: real commands, and a script in place of its agents. */

type Script = (step: { stepId: string; text: string }, attempt: number) => object;

const tried = new Set<string>();
const serve = sharedSession();

/** Runs a template and completes its agent steps by the script until the run ends. */
async function run(template: string, parameters: object, script: Script = () => ({}), directory = scratch()) {
  tried.add(template);
  const { execute, handoff, monitor, inputOf } = await serve();
  const started = await execute({ template, parameters, cwd: directory });
  expect(started.isError, started.text).toBe(false);
  expect(started.template).toBe(`${template}@1.0.0`);
  const { workflowId } = started;
  const inputs: Record<string, unknown> = {};
  for (let view = started; ; ) {
    if (["completed", "failed"].includes(view.status)) return { run: view, inputs, directory };
    // A step whose checks failed is assigned to the same worker, which must accept it again.
    const waits = view.ready.length > 0 || view.steps.some(({ status }: { status: string }) => status === "assigned");
    const { assignments } = waits
      ? await handoff({ action: "accept", workflowId, count: 8, worker: "script" })
      : { assignments: [] };
    for (const one of assignments) {
      inputs[one.stepId] = await inputOf(one.assignment);
      const { assignment, attempt } = one;
      const done = await handoff({ action: "complete", assignment, ...script(one, attempt) });
      expect(done.isError, done.text).toBe(false);
    }
    view = await monitor({ workflowId, ...(!waits && { waitSeconds: 20, since: view.rev }) });
  }
}

const statuses = ({ steps }: { steps: { id: string; status: string }[] }) =>
  Object.fromEntries(steps.map(({ id, status }) => [id, status]));

test("new_product_launch: the market research output is the input of the listing and the campaign", async () => {
  const found = { keywords: ["fast charger", "usb-c"], demand: "high" };
  const { run: done, inputs } = await run("new_product_launch", { product_asin: "B0DWK3C1R7" }, ({ stepId }) => ({
    output: stepId === "market_research" ? found : { by: stepId },
  }));
  expect(done).toMatchObject({ status: "completed", success: true });
  expect(inputs).toEqual({
    market_research: { asin: "B0DWK3C1R7", depth: "comprehensive" },
    listing: { asin: "B0DWK3C1R7", market_insights: found },
    campaign: { product: "B0DWK3C1R7", strategy: "aggressive", keywords: found.keywords },
  });
  expect(Object.keys(done.results)).toEqual(["market_data", "listing_optimizations", "campaign_created"]);
});

test("crisis_response: the run executes the best plan", async () => {
  const { run: done, inputs } = await run("crisis_response", {}, ({ stepId }) => ({
    output: stepId === "simulate" ? { best_plan: { pause: ["c1"] } } : { by: stepId },
  }));
  expect(done.success).toBe(true);
  expect(inputs).toMatchObject({ metrics: { account: "main" }, recover: { plan: { pause: ["c1"] } } });
});

test("quarterly_strategy_refresh: three parallel analyses feed one strategy", async () => {
  const { run: done, inputs } = await run("quarterly_strategy_refresh", { quarter: "2025-Q3" }, ({ stepId }) => ({
    output: { of: stepId },
  }));
  expect(done.success).toBe(true);
  expect(inputs.evolve).toEqual({
    ...{ history: { of: "history" }, trends: { of: "trends" }, competition: { of: "competition" } },
  });
  expect(Object.keys(inputs).at(-1)).toBe("evolve");
});

test("etl-pipeline: extracted data is transformed and loaded; a failed check skips the load", async () => {
  const directory = scratch();
  const parameters = { extract: "printf 'a\\nb\\n'", transform: "tr a-z A-Z", load: "cat > loaded.txt" };
  const { run: done } = await run("etl-pipeline", parameters, undefined, directory);
  expect(done).toMatchObject({ success: true, results: { rows: "2" } });
  expect(readFileSync(join(directory, "loaded.txt"), "utf8")).toBe("A\nB\n");
  expect(existsSync(done.results.workspace)).toBe(false);
  const { run: empty } = await run("etl-pipeline", { ...parameters, extract: "true", load: "touch never" });
  expect(statuses(empty)).toMatchObject({ check: "failed", load: "skipped", clean: "completed" });
});

test("ml-pipeline: a model above minimumScore is registered, a worse one fails the run", async () => {
  const commands = { prepare: "true", train: "echo trained > model", register: 'echo "$SCORE" > registered' };
  const { run: good, directory } = await run("ml-pipeline", { ...commands, evaluate: "echo log; echo 0.93" });
  expect(statuses(good)).toMatchObject({ register: "completed", reject: "skipped" });
  expect(good.success).toBe(true);
  expect(readFileSync(join(directory, "registered"), "utf8")).toBe("0.93\n");
  const { run: bad } = await run("ml-pipeline", { ...commands, evaluate: "echo 0.93", minimumScore: 0.95 });
  expect(statuses(bad)).toMatchObject({ register: "skipped", reject: "failed" });
  expect(bad.status).toBe("failed");
});

test("microservices-deploy: services deploy in order; a failed health check rolls all of them back", async () => {
  const say = (word: string) => `echo "${word} $SERVICE $ENVIRONMENT" >> log`;
  const parameters = {
    services: ["users", "orders"],
    ...{ build: say("build"), migrate: say("migrate"), deploy: say("deploy"), rollback: say("back"), health: "true" },
  };
  const { run: good, directory } = await run("microservices-deploy", parameters);
  expect(good.success).toBe(true);
  expect(readFileSync(join(directory, "log"), "utf8").split("\n")).toEqual([
    ...["build users staging", "build orders staging", "migrate  staging"],
    ...["deploy users staging", "deploy orders staging", ""],
  ]);
  const health = 'echo . >> "checks.$SERVICE"; test "$SERVICE" = users';
  const { run: bad, directory: other } = await run("microservices-deploy", { ...parameters, health });
  expect(statuses(bad)).toMatchObject({ health: "failed", rollback: "completed" });
  expect(readFileSync(join(other, "log"), "utf8")).toContain("back users staging\nback orders staging\n");
});

/** A git repository with one commit on a branch. */
function repository(): string {
  const directory = join(scratch(), "my-app");
  mkdirSync(directory);
  writeFileSync(join(directory, "app.txt"), "app\n");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", ...args], { cwd: directory });
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "-m", "One");
  return directory;
}

test("ci-cd-pipeline: the chosen suites and environments run; a failed suite deploys nothing", async () => {
  const commands = { install: "test -f app.txt", build: "true" };
  const record = scratch();
  const parameters = {
    ...{ ...commands, repository: repository(), testSuites: ["unit", "e2e"], environments: ["staging", "production"] },
    ...{ test: `echo "$SUITE" >> ${record}/log`, deploy: `echo "$ENVIRONMENT" >> ${record}/log` },
  };
  const { run: good } = await run("ci-cd-pipeline", parameters);
  expect(good.success, JSON.stringify(good.steps)).toBe(true);
  expect(statuses(good)).toMatchObject({ unit: "completed", integration: "skipped", e2e: "completed" });
  const log = readFileSync(join(record, "log"), "utf8").trim().split("\n");
  expect([log.slice(0, 2).sort(), log.slice(2)]).toEqual([
    ["e2e", "unit"],
    ["staging", "production"],
  ]);
  expect(existsSync(good.results.workspace)).toBe(false);
  const { run: red } = await run("ci-cd-pipeline", { ...parameters, test: "exit 1", environments: ["production"] });
  expect(statuses(red)).toMatchObject({
    unit: "failed",
    build: "skipped",
    deploy_production: "skipped",
    clean: "completed",
  });
  expect(existsSync(red.results.workspace)).toBe(false);
});

const work = (id: string, more = {}) => ({
  ...{ id, title: `Make ${id}`, work: `Write the file ${id}.txt`, files: [`${id}.txt`], verify: [`test -f ${id}.txt`] },
  ...more,
});
const report = (...filesChanged: string[]) => ({ output: { summary: "done", filesChanged } });
const review = (summary = "read") => ({ verdict: "approved", summary, findings: [] });

test("plan-then-build: the plan expands into steps with their checks; the project's checks come last", async () => {
  const directory = scratch();
  const plan = {
    ...{ goal: "g", summary: "two files", scope: { in: ["files"], out: ["the rest"] } },
    steps: [work("one"), work("two", { dependsOn: [] }), work("three", { dependsOn: ["one", "two"] })],
    acceptance: ["test -f three.txt"],
    assumptions: ["files are empty"],
    openQuestions: ["Why three?", { question: "Why files?", assumed: "for the test" }],
    ...{ confidence: 0.9, learnings: ["files have names"] },
  };
  const parameters = { goal: "Three files", checks: ["test ! -e four.txt"] };
  const tries: string[] = [];
  const { run: done, inputs } = await run(
    "plan-then-build",
    parameters,
    ({ stepId }, attempt) => {
      tries.push(`${stepId} ${attempt}`);
      if (stepId === "plan") return { output: plan };
      const id = stepId.replace("build.", "");
      if (id !== "gates" && !(id === "two" && attempt === 1)) writeFileSync(join(directory, `${id}.txt`), "");
      return report(`${id}.txt`);
    },
    directory,
  );
  expect(done, JSON.stringify(done.steps)).toMatchObject({ status: "completed", success: true });
  expect(statuses(done)).toEqual({
    ...{ plan: "completed", build: "completed", gate: "completed", gates: "skipped" },
    ...{ "build.one": "completed", "build.two": "completed", "build.three": "completed" },
  });
  expect(tries.filter((one) => one.startsWith("build.two"))).toEqual(["build.two 1", "build.two 2"]);
  // No command of the gates failed, so no agent was woken. The step that grew is worth as much as its steps.
  expect(tries.at(-1)).toBe("build.three 1");
  const evidence = Object.fromEntries(
    done.steps.map((step: { id: string; evidence: string }) => [step.id, step.evidence]),
  );
  expect(evidence).toMatchObject({ plan: "reported", build: "verified", gate: "observed", "build.three": "verified" });
  expect(inputs["build.one"]).toMatchObject({
    step: plan.steps[0],
    handoff: {
      from: "planner",
      to: "builder",
      context: {
        ...{ task_id: "one", plan_summary: "two files", learnings_loaded: ["files have names"] },
        requirements_summary: { scope_in: ["files"], scope_out: ["the rest"] },
      },
    },
  });
});

test("plan-then-build: an agent is woken by a gate that fails, and fixes it", async () => {
  const directory = scratch();
  const plan = {
    ...{ goal: "g", summary: "one file", scope: { in: ["files"], out: [] }, steps: [work("one")] },
    acceptance: ["test -f two.txt"],
  };
  const tries: string[] = [];
  const script: Script = ({ stepId }) => {
    tries.push(stepId);
    if (stepId === "plan") return { output: plan };
    writeFileSync(join(directory, stepId === "gates" ? "two.txt" : "one.txt"), "");
    return report();
  };
  const { run: done } = await run("plan-then-build", { goal: "Files", checks: [] }, script, directory);
  expect(done, JSON.stringify(done.steps)).toMatchObject({ status: "completed", success: true });
  expect(tries).toEqual(["plan", "build.one", "gates"]);
  expect(statuses(done)).toMatchObject({ gate: "failed", gates: "completed" });
  expect(done.steps.find(({ id }: { id: string }) => id === "gates")).toMatchObject({ evidence: "verified" });
});

test("build-only: a task without a plan is one step; a given plan expands into the run", async () => {
  const { run: good } = await run("build-only", { task: "Nothing", checks: ["true"] }, () => report());
  expect(good.steps).toMatchObject([
    { output: [] },
    { id: "gate", status: "skipped" },
    { status: "completed", evidence: "checked", note: "its checks passed before the work, too" },
  ]);
  const directory = scratch();
  const plan = { goal: "g", summary: "s", scope: { in: [], out: [] }, steps: [work("a"), work("b")] };
  const order: string[] = [];
  const { run: planned } = await run(
    "build-only",
    { task: "Both files", plan },
    ({ stepId }) => {
      order.push(stepId);
      writeFileSync(join(directory, `${stepId.replace("build.", "")}.txt`), "");
      return report();
    },
    directory,
  );
  expect(planned.success, JSON.stringify(planned.steps)).toBe(true);
  expect(order).toEqual(["build.a", "build.b"]);
  expect(statuses(planned)).toMatchObject({ gate: "completed", gates: "skipped" });
  const { run: failed } = await run("build-only", { task: "Both files", plan }, () => report());
  expect(statuses(failed)).toMatchObject({ "build.a": "failed", gate: "skipped", gates: "skipped" });
  expect(failed.status).toBe("failed");
});

test("multi-task: tasks run in sequence, each with the project's checks", async () => {
  const order: string[] = [];
  const tasks = ["Mend the {{ header }}", "Write $(docs)"];
  const { run: done, inputs } = await run("multi-task", { tasks, checks: ["true"] }, ({ stepId, text }) => {
    order.push(stepId);
    expect(text).toContain(tasks[order.length - 1]!);
    return report();
  });
  expect(done.success, JSON.stringify(done.steps)).toBe(true);
  expect(order).toEqual(["task.1", "task.2"]);
  expect(inputs["task.2"]).toMatchObject({ number: 2, of: 2 });
  // What passes before the work as well proves nothing.
  expect(done.steps.filter(({ type }: { type: string }) => type === "agent")).toMatchObject([
    { id: "task.1", evidence: "checked" },
    { id: "task.2", evidence: "checked" },
  ]);
});

test("multi-task together: one assignment lists the tasks, and its report tells of each", async () => {
  const tasks = ["Mend the {{ header }}", "Write $(docs)"];
  const { run: done } = await run("multi-task", { tasks, together: true, checks: ["true"] }, ({ stepId, text }) => {
    expect(stepId).toBe("tasks");
    for (const task of tasks) expect(text).toContain(`- ${task}`);
    const { output } = report();
    return { output: { ...output, tasks: tasks.map((task) => ({ task, done: true, summary: "mended" })) } };
  });
  expect(done.success, JSON.stringify(done.steps)).toBe(true);
  expect(done.steps.filter(({ type }: { type: string }) => type === "agent")).toMatchObject([
    { id: "tasks", evidence: "checked" },
  ]);
});

test("decompose-first: the architect's breakdown is the input of the review", async () => {
  const task = (id: string, dependsOn?: string[]) => ({
    id,
    title: id,
    acceptance: "it is there",
    ...(dependsOn && { dependsOn }),
  });
  const breakdown = {
    ...{ goal: "g", summary: "s" },
    epics: [{ title: "e", features: [{ title: "f", tasks: [task("t1"), task("t2", ["t1"])] }] }],
  };
  const { run: done, inputs } = await run("decompose-first", { goal: "A platform" }, ({ stepId }) => ({
    output: stepId === "breakdown" ? breakdown : review(),
  }));
  expect(done.success).toBe(true);
  expect(inputs.review).toMatchObject({ breakdown });
});

test("analyze: three parallel readers feed one report", async () => {
  const { run: done, inputs } = await run("analyze", { goal: "src" }, ({ stepId }) => ({
    output: stepId === "report" ? { report: "fine" } : review(stepId),
  }));
  expect(done.results.result).toEqual({ report: "fine" });
  expect(inputs.report).toMatchObject({ security: { summary: "security" }, speed: { summary: "speed" } });
});

test("research: the findings are the input of the recommendation", async () => {
  const ways = [{ name: "a", evidence: "b" }];
  const { run: done, inputs } = await run("research", { goal: "How?" }, ({ stepId }) => ({
    output: stepId === "gather" ? { ways } : { recommendation: "a", reasons: ["b"] },
  }));
  expect(done.success).toBe(true);
  expect(inputs.recommend).toMatchObject({ ways });
});

test("document: the written document is checked, then compared with the code", async () => {
  const { run: done, inputs } = await run("document", { goal: "The API", checks: ["true"] }, ({ stepId }) => ({
    output: stepId === "write" ? { summary: "s", filesChanged: ["API.md"] } : review(),
  }));
  expect(done.steps).toMatchObject([{ evidence: "checked" }, { evidence: "reported" }]);
  expect(inputs.compare).toMatchObject({ files: ["API.md"] });
});

test("improve: the same command measures before and after the change", async () => {
  const directory = scratch();
  writeFileSync(join(directory, "slow"), "9");
  const { run: done, inputs } = await run(
    "improve",
    { goal: "Be quick", checks: ["test -f slow"] },
    ({ stepId }) => {
      if (stepId === "measure") return { output: { command: "cat slow", proposals: ["write less"] } };
      writeFileSync(join(directory, "slow"), "1");
      return report("slow");
    },
    directory,
  );
  expect(done.results).toMatchObject({ baseline: "9", after: "1" });
  expect(inputs.build).toMatchObject({ before: "9" });
});

test("report: the results of all checks are the input of the report", async () => {
  const at = repository();
  writeFileSync(join(at, "app.txt"), "TODO: more\n");
  const { run: done, inputs } = await run(
    "report",
    { checks: ["true", "exit 3"] },
    () => ({ output: { report: "r" } }),
    at,
  );
  expect(done.success, JSON.stringify(done.steps)).toBe(true);
  expect(inputs.report).toMatchObject({
    checks: ["holds: true", "does not hold: exit 3"],
    changes: expect.stringMatching(/^[0-9a-f]+ /),
    open: expect.stringContaining("app.txt:1:TODO: more"),
  });
});

test("code-review: two reviewers run; a finding of severity high fails the run", async () => {
  const at = repository();
  writeFileSync(join(at, "app.txt"), "changed\n");
  const finding = (severity: string) => () => ({
    output: { ...review(), findings: [{ severity, title: "Wrong" }] },
  });
  const { run: good, inputs } = await run("code-review", {}, finding("low"), at);
  expect(good.success).toBe(true);
  expect(inputs.review).toMatchObject({ base: "main", files: expect.stringContaining("app.txt") });
  const { run: bad } = await run("code-review", { base: "HEAD" }, finding("high"), at);
  expect(statuses(bad)).toMatchObject({ review: "completed", security: "completed", refuse: "failed" });
});

test("the tests above cover all shipped templates", () => {
  const folder = fileURLToPath(new URL("../../../workflows", import.meta.url));
  // The release check concerns this repository only, and is not in the package.
  const shipped = readdirSync(folder).filter((file) => file !== "release-check.yaml");
  expect(shipped.map((file) => file.replace(".yaml", "")).sort()).toEqual([...tried].sort());
});
