import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratch } from "../rig/baton.ts";
import { session } from "../rig/session.ts";

/** Every template that ships with Baton, run to its end: its commands for real, its agents played by a script. */

type Script = (step: { stepId: string; prompt: string; input: unknown }, attempt: number) => object;

const tried = new Set<string>();

/** Performs whatever is ready until nothing is. */
async function run(template: string, parameters: object, script: Script = () => ({}), directory = scratch()) {
  tried.add(template);
  const { execute, handoff, monitor } = await session("2026-07-28", directory);
  const started = await execute({ template, parameters });
  expect(started.isError, started.text).toBe(false);
  expect(started.template).toBe(`${template}@1.0.0`);
  const { workflowId } = started;
  const inputs: Record<string, unknown> = {};
  for (let view = started; ; ) {
    if (["completed", "failed"].includes(view.status)) return { run: view, inputs, directory };
    // What failed its checks is with its worker again, who accepts it anew.
    const waits = view.ready.length > 0 || view.steps.some(({ status }: { status: string }) => status === "assigned");
    const { assignments } = waits
      ? await handoff({ action: "accept", workflowId, count: 8, worker: "script" })
      : { assignments: [] };
    for (const one of assignments) {
      inputs[one.stepId] = one.input;
      const { assignment, attempt } = one;
      const done = await handoff({ action: "complete", assignment, ...script(one, attempt) });
      expect(done.isError, done.text).toBe(false);
    }
    view = await monitor({ workflowId, ...(!waits && { waitSeconds: 20, since: view.rev }) });
  }
}

const statuses = ({ steps }: { steps: { id: string; status: string }[] }) =>
  Object.fromEntries(steps.map(({ id, status }) => [id, status]));

test("new_product_launch: what is found reaches the listing and the campaign", async () => {
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

test("crisis_response: the best plan is carried out", async () => {
  const { run: done, inputs } = await run("crisis_response", {}, ({ stepId }) => ({
    output: stepId === "simulate" ? { best_plan: { pause: ["c1"] } } : { by: stepId },
  }));
  expect(done.success).toBe(true);
  expect(inputs).toMatchObject({ metrics: { account: "main" }, recover: { plan: { pause: ["c1"] } } });
});

test("quarterly_strategy_refresh: three views at once, then one strategy", async () => {
  const { run: done, inputs } = await run("quarterly_strategy_refresh", { quarter: "2025-Q3" }, ({ stepId }) => ({
    output: { of: stepId },
  }));
  expect(done.success).toBe(true);
  expect(inputs.evolve).toEqual({
    ...{ history: { of: "history" }, trends: { of: "trends" }, competition: { of: "competition" } },
  });
  expect(Object.keys(inputs).at(-1)).toBe("evolve");
});

test("etl-pipeline: what is extracted arrives, changed on the way; what is not worth loading does not", async () => {
  const directory = scratch();
  const parameters = { extract: "printf 'a\\nb\\n'", transform: "tr a-z A-Z", load: "cat > loaded.txt" };
  const { run: done } = await run("etl-pipeline", parameters, undefined, directory);
  expect(done).toMatchObject({ success: true, results: { rows: "2" } });
  expect(readFileSync(join(directory, "loaded.txt"), "utf8")).toBe("A\nB\n");
  expect(existsSync(done.results.workspace)).toBe(false);
  const { run: empty } = await run("etl-pipeline", { ...parameters, extract: "true", load: "touch never" });
  expect(statuses(empty)).toMatchObject({ check: "failed", load: "skipped", clean: "completed" });
});

test("ml-pipeline: a good model is registered, a bad one fails the run", async () => {
  const commands = { prepare: "true", train: "echo trained > model", register: 'echo "$SCORE" > registered' };
  const { run: good, directory } = await run("ml-pipeline", { ...commands, evaluate: "echo log; echo 0.93" });
  expect(statuses(good)).toMatchObject({ register: "completed", reject: "skipped" });
  expect(good.success).toBe(true);
  expect(readFileSync(join(directory, "registered"), "utf8")).toBe("0.93\n");
  const { run: bad } = await run("ml-pipeline", { ...commands, evaluate: "echo 0.93", minimumScore: 0.95 });
  expect(statuses(bad)).toMatchObject({ register: "skipped", reject: "failed" });
  expect(bad.status).toBe("failed");
});

test("microservices-deploy: in order; what is not healthy takes all back", async () => {
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

/** A repository of one commit on a branch. */
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

test("ci-cd-pipeline: the chosen suites and environments; a red suite deploys nothing", async () => {
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

const handover = { taskId: "t", planId: "p", planSummary: "s", learningsLoaded: [], requirementsSummary: "r" };

test("plan-then-build: the plan reaches the builder, and the check decides", async () => {
  const directory = scratch();
  const plan = { goal: "g", summary: "s", steps: [{ id: "1", title: "t", work: "w", verify: "true" }] };
  const parameters = { goal: "A file called made.txt", verify: "test -f made.txt" };
  const { run: done, inputs } = await run(
    "plan-then-build",
    parameters,
    ({ stepId }, attempt) => {
      if (stepId === "plan") return { output: plan, context: handover };
      if (attempt > 1) writeFileSync(join(directory, "made.txt"), "");
      return { output: { summary: "done", filesChanged: ["made.txt"] } };
    },
    directory,
  );
  expect(inputs.build).toEqual({ plan, constraints: "none" });
  expect(done.steps).toMatchObject([
    { evidence: "reported" },
    { status: "completed", evidence: "verified", attempt: 2 },
  ]);
});

test("build-only: what was not built is not done", async () => {
  const output = { summary: "done", filesChanged: [] };
  const { run: good } = await run("build-only", { task: "Nothing", verify: "true" }, () => ({ output }));
  expect(good.steps).toMatchObject([{ status: "completed", evidence: "verified" }]);
});

test("code-review: two readers; a high finding fails the run", async () => {
  const at = repository();
  writeFileSync(join(at, "app.txt"), "changed\n");
  const review = (severity?: string) => () => ({
    output: { summary: "read", findings: severity ? [{ severity, title: "Wrong" }] : [] },
  });
  const { run: good, inputs } = await run("code-review", {}, review("low"), at);
  expect(good.success).toBe(true);
  expect(inputs.review).toMatchObject({ base: "main", files: expect.stringContaining("app.txt") });
  const { run: bad } = await run("code-review", { base: "HEAD" }, review("high"), at);
  expect(statuses(bad)).toMatchObject({ review: "completed", security: "completed", refuse: "failed" });
});

test("those are all that ship", () => {
  const folder = fileURLToPath(new URL("../../workflows", import.meta.url));
  // The release check is about this repository alone, and stays out of the package.
  const shipped = readdirSync(folder).filter((file) => file !== "release-check.yaml");
  expect(shipped.map((file) => file.replace(".yaml", "")).sort()).toEqual([...tried].sort());
});
