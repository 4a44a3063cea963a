import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { BATON, baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { session, sharedSession } from "../../rig/session.ts";

const cliIn =
  (directory: string) =>
  (...args: string[]) =>
    baton(directory, args, { HOME: join(directory, "home") });

/** Starts a command line. `says` waits for a match in its output; `code` is its exit code. */
function start(directory: string, args: readonly string[]) {
  const env = { ...process.env, BATON_STATE: "", HOME: join(directory, "home") };
  const child = spawn(process.execPath, [BATON, ...args], { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill());
  let said = "";
  const ended = once(child, "close").then(([code]) => code as number);
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said);
        if (match) resolve(match);
      };
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          said += chunk;
          look();
        });
      }
      void ended.then(() => reject(new Error(`the command exited without printing ${pattern}: ${said}`)));
    });
  return { says, said: () => said, code: ended };
}

const LAUNCH = "launch my charger, ASIN B0DWK3C1R7";
const FIX = "Fix the crash when the settings page is opened twice";

describe("orchestrate", () => {
  const serve = sharedSession();
  /** For tests that open no session. */
  const silent = sharedSession();

  test("start runs a template with the parameters in the goal", async () => {
    const { orchestrate } = await serve();
    const started = await orchestrate({ goal: LAUNCH });
    expect(started).toMatchObject({
      state: "EXECUTING",
      routing: { label: "new_product_launch", template: "new_product_launch" },
      assignments: [{ stepId: "market_research" }],
    });
  });

  test("a repeated goal starts another session and reports alreadyExecuting", async () => {
    const directory = scratch();
    const { orchestrate, monitor } = await session("2026-07-28", directory);
    const first = await orchestrate({ goal: FIX });
    expect(first).not.toHaveProperty("alreadyExecuting");
    expect(await orchestrate({ goal: "Fix the crash of the start page" })).not.toHaveProperty("alreadyExecuting");
    const again = `  ${FIX.toUpperCase().replace(" ", "\n")} `;

    const shown = await orchestrate({ goal: again, mode: "explicit" });
    const others = [{ sessionId: first.sessionId, workflowId: first.workflowId }];
    expect(shown).toMatchObject({ state: "PLANNING", alreadyExecuting: others });
    const note = `Session ${first.sessionId} is already executing this goal, in run ${first.workflowId}; this is a second one.`;
    expect(shown.text).toContain(note);
    expect(shown.next).toContain(`orchestrate {sessionId: "${first.sessionId}"} shows it`);

    const second = await orchestrate({ sessionId: shown.sessionId, confirm: true });
    expect(second).toMatchObject({ state: "EXECUTING", alreadyExecuting: others, note });
    expect(second.workflowId).not.toBe(first.workflowId);
    const cli = cliIn(directory);
    const third = await cli("build", FIX, "--detach");
    expect(third.stdout).toContain(`Session ${second.sessionId} is already executing this goal`);
    expect(third.stdout).toContain("Another session is executing it too.");
    expect(third.stdout).toContain(`See the earlier session: baton session show ${first.sessionId}`);

    // Cancelled runs, paused runs and other projects do not count as alreadyExecuting.
    for (const { workflowId } of [first, second]) await monitor({ workflowId, action: "cancel" });
    const [{ workflowId }] = (await orchestrate({ action: "list" })).sessions;
    await monitor({ workflowId, action: "pause" });
    expect(await orchestrate({ goal: FIX })).not.toHaveProperty("alreadyExecuting");
    expect(await orchestrate({ goal: FIX, cwd: scratch() })).not.toHaveProperty("alreadyExecuting");
  });

  test("a production deployment that was chosen by the goal's words alone waits for confirm", async () => {
    const { orchestrate } = await session();
    const live = "Run the microservices deploy with services=cart,search in production";
    const why = "environment is production, and only the goal's words chose microservices-deploy";
    const routed = await orchestrate({ action: "route", goal: live });
    expect(routed).toMatchObject({ label: "microservices-deploy", decision: "go" });
    expect(routed.next).toBe(`orchestrate {goal} opens a session, which waits for the user's confirmation: ${why}.`);
    expect(routed.text).toContain(`It would wait for the user's confirmation: ${why}.`);

    const waits = await orchestrate({ goal: live });
    expect(waits).toMatchObject({ state: "PLANNING", note: `It waits for the user's confirmation: ${why}.` });
    expect(waits).not.toHaveProperty("workflowId");
    const call = `orchestrate {sessionId: "${waits.sessionId}", confirm: true}`;
    expect(waits.next).toBe(`show this to the user; ${call} starts it, workflow: "…" changes it.`);
    expect(waits.text).toContain(why);
    // Parameters without confirm do not start the run.
    const parameters = { build: "true", migrate: "true", deploy: "true", health: "true", rollback: "true" };
    expect(await orchestrate({ sessionId: waits.sessionId, parameters })).toMatchObject({ state: "PLANNING" });
    const started = await orchestrate({ sessionId: waits.sessionId, confirm: true });
    expect(started).toMatchObject({ workflowId: expect.stringMatching(/^wf_/) });
    expect(started).not.toHaveProperty("note");

    // Staging, an explicit workflow and an assessment start at once, as for every template.
    const label = "microservices-deploy";
    const staging = await orchestrate({
      goal: "Run the microservices deploy with services=cart,search in staging",
      parameters,
    });
    const named = await orchestrate({ goal: live, workflow: label, parameters });
    const assessed = await orchestrate({ goal: live, assessment: { workflow: label, confidence: 0.9 }, parameters });
    for (const one of [staging, named, assessed])
      expect(one).toMatchObject({ routing: { label }, workflowId: expect.stringMatching(/^wf_/) });
  });

  test("a session with missing parameters waits, and starts in another process once they are given", async () => {
    const directory = scratch();
    const one = await session("2026-07-28", directory);
    const waits = await one.orchestrate({ goal: "Run the quarterly strategy refresh" });
    expect(waits).toMatchObject({ state: "PLANNING", routing: { missing: [{ name: "quarter" }] } });
    expect(waits.workflowId).toBeUndefined();
    expect(waits.next).toMatch(/parameters: \{quarter: …\}, confirm: true/);
    one.rpc.kill();
    const other = await session("2025-11-25", directory);
    const { sessionId } = waits;
    expect(await other.orchestrate({ sessionId, confirm: true })).toMatchObject({ state: "PLANNING" });
    const started = await other.orchestrate({ sessionId, parameters: { quarter: "2026-Q4" }, confirm: true });
    expect(started).toMatchObject({ sessionId, state: "EXECUTING" });
    expect(await other.monitor({ workflowId: started.workflowId })).toMatchObject({
      template: "quarterly_strategy_refresh@1.0.0",
    });
  });

  test("mode explicit waits for confirm; correct changes the workflow and later routing", async () => {
    const { orchestrate } = await session();
    const shown = await orchestrate({ goal: FIX, mode: "explicit" });
    expect(shown).toMatchObject({ state: "PLANNING", routing: { label: "build_only", agents: ["builder"] } });
    expect(shown.preview.steps).toMatchObject([expect.stringContaining("gates: builder")]);
    const { sessionId } = shown;
    // Why it was routed so is told on request.
    expect(shown.routing).not.toHaveProperty("reasons");
    const explained = await orchestrate({ action: "status", sessionId, detail: "full" });
    expect(explained.routing.reasons.join()).toContain("crash");
    expect(explained.text).toContain("crash");
    const late = await orchestrate({ sessionId, confirm: true, assessment: { workflow: "multi_task" }, tasks: ["a"] });
    expect(late.error.mistakes).toMatchObject([
      expect.stringMatching(/"assessment".*can be given only together with a goal/),
      expect.stringMatching(/"tasks".*can be given only together with a goal/),
    ]);
    const corrected = await orchestrate({
      action: "correct",
      sessionId,
      workflow: "plan_then_build",
      reason: "it is deep",
    });
    expect(corrected).toMatchObject({
      state: "PLANNING",
      routing: { label: "plan_then_build", routed: { label: "build_only" } },
    });
    expect(corrected.note).toContain("From now on, Baton routes this goal and goals much like it to plan_then_build.");
    const started = await orchestrate({ sessionId, confirm: true });
    expect(started).toMatchObject({ state: "EXECUTING", ready: [{ stepId: "plan", agent: "planner" }] });
    const again = await orchestrate({
      action: "route",
      goal: "Fix the crash when the settings page is opened twice quickly",
    });
    expect(again.label).toBe("plan_then_build");
    expect(again.reasons.join()).toContain("a correction says plan_then_build");
    // A correction after the start affects only later goals.
    const judged = await orchestrate({ action: "correct", sessionId, workflow: "build_only" });
    expect(judged).toMatchObject({ state: "EXECUTING", routing: { label: "plan_then_build" } });
    expect(judged.note).toContain("goals much like it to build_only");
    expect(judged.note).toContain("The present run continues as plan_then_build.");
    expect((await orchestrate({ action: "route", goal: FIX })).label).toBe("build_only");
  });

  test("workflow with confirm applies to one session and does not change later routing", async () => {
    const { orchestrate } = await session();
    const { sessionId } = await orchestrate({ goal: FIX, mode: "explicit" });
    const started = await orchestrate({ sessionId, workflow: "plan_then_build", confirm: true });
    expect(started).toMatchObject({ state: "EXECUTING", routing: { label: "plan_then_build" } });
    const chosen = await orchestrate({ goal: FIX, workflow: "plan_then_build", mode: "explicit" });
    expect(chosen.routing).toMatchObject({ label: "plan_then_build", routed: { label: "build_only" } });
    expect((await orchestrate({ action: "route", goal: FIX })).label).toBe("build_only");
  });

  test("route follows the agent's assessment, keeps the label of the rules, and reports differs", async () => {
    const { orchestrate } = await silent();
    const routing = await orchestrate({
      ...{ action: "route", goal: FIX },
      assessment: { workflow: "decompose_first", reason: "it touches everything", confidence: 0.6 },
    });
    expect(routing).toMatchObject({ label: "decompose_first", rules: { label: "build_only" } });
    expect(routing.assessed).toMatchObject({ label: "decompose_first", differs: true });
  });

  test("one idempotencyKey opens one session; another goal or workflow is a key_conflict", async () => {
    const { orchestrate } = await serve();
    const { sessions: before } = await orchestrate({ action: "list" });
    const [one, two] = await Promise.all([1, 2].map(() => orchestrate({ goal: FIX, idempotencyKey: "k" })));
    expect(two.sessionId).toBe(one.sessionId);
    expect(two.workflowId).toBe(one.workflowId);
    const other = await orchestrate({ goal: LAUNCH, idempotencyKey: "k" });
    expect(other).toMatchObject({ isError: true, error: { reason: "key_conflict" } });
    const otherwise = await orchestrate({ goal: FIX, idempotencyKey: "k", workflow: "decompose_first" });
    expect(otherwise).toMatchObject({ isError: true, error: { reason: "key_conflict" } });
    const { sessions } = await orchestrate({ action: "list" });
    expect(sessions).toHaveLength(before.length + 1);
  });

  test("transition follows the state table and refuses other changes with the reason", async () => {
    const { orchestrate } = await serve();
    const { sessionId } = await orchestrate({ goal: FIX, mode: "explicit" });
    const to = (state: string) => orchestrate({ action: "transition", sessionId, to: state });
    expect((await to("PAUSED")).text).toContain(
      "PLANNING does not become PAUSED; from PLANNING it can become EXECUTING or FAILED",
    );
    expect(await to("executing")).toMatchObject({ state: "EXECUTING" });
    expect(await to("EXECUTING")).toMatchObject({ note: "It is already EXECUTING." });
    expect((await to("COMPLETED")).error.message).toContain("once Baton has seen");
    expect((await orchestrate({ action: "finish", sessionId })).error.reason).toBe("illegal_transition");
    expect(await to("PAUSED")).toMatchObject({ state: "PAUSED" });
    expect(await to("EXECUTING")).toMatchObject({ state: "EXECUTING" });
    expect(await to("CANCELLED")).toMatchObject({ state: "CANCELLED" });
    const ended = await orchestrate({ action: "finish", sessionId });
    expect(ended).toMatchObject({ state: "CANCELLED", finished: true });
    const { history } = await orchestrate({ action: "status", sessionId });
    expect(history.map(({ to }: { to: string }) => to)).toEqual([
      ...["PLANNING", "EXECUTING", "PAUSED", "EXECUTING", "CANCELLED"],
    ]);
    expect((await to("EXECUTING")).error.message).toContain("restart its run");
  });

  test("finish before the start sets the session to FAILED", async () => {
    const { orchestrate } = await serve();
    const { sessionId } = await orchestrate({ goal: FIX, mode: "explicit" });
    expect(await orchestrate({ action: "finish", sessionId })).toMatchObject({
      state: "FAILED",
      note: "Abandoned before it was started.",
    });
    expect(await orchestrate({ sessionId, confirm: true })).toMatchObject({ isError: true });
  });

  test("invalid arguments of orchestrate are refused with a correction", async () => {
    const { orchestrate } = await silent();
    const wrong: [object, RegExp][] = [
      [
        { goal: FIX, workflow: "build_onyl" },
        /neither a workflow type nor a valid template.*Did you mean "build_only"/,
      ],
      [{ sessionId: "os_0000000000" }, /there is no session "os_0000000000"/],
      [{ action: "status" }, /there are no sessions here yet/],
      [{ action: "start" }, /there is no goal and no session/],
      [{ action: "correct" }, /workflow/],
      [{ action: "dance" }, /unknown action "dance"/],
      [{ goal: FIX, assesment: {} }, /Did you mean "assessment"/],
    ];
    for (const [args, words] of wrong) {
      const answer = await orchestrate(args);
      expect(answer.isError, answer.text).toBe(true);
      expect(answer.text).toMatch(words);
    }
  });

  test("an empty, vague or 50 kB goal gets the decision ask and opens no session", async () => {
    const { orchestrate } = await silent();
    for (const goal of ["", "   ", "login", "x".repeat(50_000)]) {
      const answer = await orchestrate({ goal });
      expect(answer).toMatchObject({ isError: false, state: "IDLE", decision: "ask" });
      expect(answer.text.length).toBeLessThan(8_000);
    }
    expect((await orchestrate({ action: "list" })).sessions).toEqual([]);
  });

  test("orchestrate without arguments lists recent sessions and eight operations with valid templates", async () => {
    const { orchestrate, templates } = await session();
    await orchestrate({ goal: FIX });
    const menu = await orchestrate({});
    expect(menu.recent).toMatchObject([{ goal: FIX, state: "EXECUTING" }]);
    expect(menu.operations).toHaveLength(8);
    for (const { template } of menu.operations) {
      expect((await templates({ action: "show", name: template })).template.valid, template).toBe(true);
    }
  });

  test("sessions are resources in both protocol versions", async () => {
    const directory = scratch();
    const { orchestrate, rpc } = await session("2026-07-28", directory);
    const { sessionId } = await orchestrate({ goal: FIX });
    const old = await session("2025-11-25", directory);
    for (const from of [rpc, old.rpc]) {
      const { resources } = await from.request("resources/list", {});
      expect(resources.map(({ uri }: { uri: string }) => uri)).toContain(`baton://sessions/${sessionId}`);
      const { contents } = await from.request("resources/read", { uri: `baton://sessions/${sessionId}` });
      expect(JSON.parse(contents[0].text).orchestration_state).toMatchObject({
        ...{ id: sessionId, mode: "implicit", status: "executing", goal: FIX },
        routing: { workflow: "build_only", agent_sequence: [{ agent: "builder", status: "active" }] },
      });
      const list = await from.request("resources/read", { uri: "baton://sessions" });
      expect(JSON.parse(list.contents[0].text)).toMatchObject([{ sessionId, state: "EXECUTING" }]);
    }
  });
});

describe("at a terminal", () => {
  const fake =
    'touch done; cat {prompt_file} > seen; echo \'{"summary": "s", "filesChanged": [], "learnings": ["touch it"]}\'';

  test("baton build executes a goal with a runner", async () => {
    const directory = plant(scratch(), {
      "package.json": JSON.stringify({ scripts: { test: "test -e done" } }),
      ".baton/config.json": JSON.stringify({ runners: { fake: { command: fake } }, runner: "fake" }),
    });
    const cli = cliIn(directory);
    const built = await cli("build", FIX);
    expect(built).toMatchObject({ code: 0 });
    expect(built.stdout).toMatch(/gates +completed.*verified: its checks failed before and pass now/);
    expect(existsSync(join(directory, "done"))).toBe(true);
    expect(readFileSync(join(directory, "seen"), "utf8")).toContain(FIX);
    const finished = await cli("session", "finish");
    expect(finished.stdout).toContain('- "touch it"');
    expect((await cli("session")).stdout).toMatch(/^os_\w{10} {2}COMPLETED {2}build_only/);
  });

  test("a runner asks with the baton handoff ask command in its prompt, and starts again with the answers", async () => {
    // The agent knows only the command in its prompt.
    const agent = `#!/bin/sh
cat "$1" > "prompt.$(ls prompt.* 2>/dev/null | wc -l | tr -d ' ')"
if grep -q "The person was asked and answered" "$1"; then touch done; echo '{"summary": "s", "filesChanged": []}'; exit; fi
eval "$(grep ' handoff ask ' "$1" | sed 's/"first question" "second question"/"Which page?" "Since when?"/')"
echo '{"summary": "it went on without an answer", "filesChanged": []}'
`;
    const directory = plant(scratch(), {
      "package.json": JSON.stringify({ scripts: { test: "test -e done" } }),
      "agent.sh": agent,
      ".baton/config.json": JSON.stringify({ runners: { fake: { command: "sh agent.sh {prompt_file}" } } }),
    });
    const cli = cliIn(directory);
    const build = start(directory, ["build", FIX, "--runner", "fake"]);
    const [, id, step] = await build.says(/baton handoff answer (wf_\w+) (\S+) "<q1>" "<q2>"/);
    expect(build.said()).toContain('q1: "Which page?"');
    const status = await cli("status", id!);
    expect(status.stdout).toContain("asks the person 2 questions (round 1 of at most 5)");
    expect(status.stdout).toContain('q2: "Since when?"');
    const prompt = readFileSync(join(directory, "prompt.0"), "utf8");
    expect(prompt).toContain(`--state ${join(directory, ".baton")} handoff ask as_`);

    expect(await cli("handoff", "answer", id!, step!, "the settings page", "monday")).toMatchObject({ code: 0 });
    expect(await build.code).toBe(0);
    const again = readFileSync(join(directory, "prompt.1"), "utf8");
    expect(again).toContain('- "Which page?" (asked by');
    expect(again).toContain("It can ask 4 times more.");
    const { steps } = JSON.parse((await cli("status", id!, "--json")).stdout);
    const done = steps.find((one: { id: string }) => one.id === step);
    expect(done).toMatchObject({ status: "completed", evidence: "verified", output: { summary: "s" } });
  });

  test("baton build names missing parameters and starts nothing; --session with --param starts the run", async () => {
    const directory = plant(scratch(), {
      ".baton/config.json": JSON.stringify({ runners: { fake: { command: fake } }, runner: "fake" }),
    });
    const cli = cliIn(directory);
    const asked = await cli("build", "Run the quarterly strategy refresh");
    expect(asked).toMatchObject({ code: 2 });
    expect(asked.stdout).toContain("It needs --param quarter=…");
    expect(JSON.parse((await cli("list", "--json")).stdout).runs).toEqual([]);
    const [, id] = /baton build --session (os_\w+) --param quarter=…/.exec(asked.stdout)!;
    const still = await cli("build", "--session", id!);
    expect(still).toMatchObject({ code: 2, stdout: expect.stringContaining("It needs --param quarter=…") });
    const given = await cli("build", "--session", id!, "--param", "quarter=2026-Q3", "--detach");
    expect(given).toMatchObject({ code: 0, stdout: expect.stringContaining("See it: baton status wf_") });
    const late = await cli("build", "--session", id!, "--param", "quarter=2026-Q4");
    expect(late).toMatchObject({ code: 4, stderr: expect.stringContaining("parameters.quarter comes too late") });
  });

  test("baton build --session starts a waiting session with --runner, --workflow and --param", async () => {
    const directory = plant(scratch(), {
      ".baton/config.json": JSON.stringify({ runners: { fake: { command: fake } } }),
    });
    const { orchestrate, monitor } = await session("2026-07-28", directory);
    const cli = cliIn(directory);
    const { sessionId } = await orchestrate({ goal: FIX, mode: "explicit", workflow: "plan_then_build" });
    expect((await cli("session", "show", sessionId)).stdout).toContain(
      `waits for your confirmation: baton build --session ${sessionId}`,
    );
    const alone = await cli("build", "--session", sessionId);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining("--runner claude | goose | codex | fake") });
    const how = ["--workflow", "build_only", "--param", 'checks:=["test -e done"]', "--runner", "fake"];
    const built = await cli("build", "--session", sessionId, ...how);
    expect(built).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/gates +completed.*verified: its checks failed before and pass now/),
    });
    const other = await cli("build", "--session", sessionId, "--runner", "claude");
    expect(other).toMatchObject({ code: 4, stderr: expect.stringContaining('runner "claude" comes too late') });

    const paused = await orchestrate({ goal: FIX });
    await monitor({ workflowId: paused.workflowId, action: "pause" });
    const stands = await cli("build", "--session", paused.sessionId);
    const { workflowId } = paused;
    expect(stands).toMatchObject({
      code: 4,
      stdout: `${workflowId} is paused; continue it with: baton resume ${workflowId}\n`,
    });
  });

  test("baton build takes either a goal or --session", async () => {
    const cli = cliIn(scratch());
    for (const args of [[], [FIX, "--session", "os_0123456789"]]) {
      const { code, stderr } = await cli("build", ...args);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('baton build "GOAL", or') });
    }
    const { stderr } = await cli("build", "--session", "os_0123456789", "--key", "k");
    expect(stderr).toContain("option '--session <id>' cannot be used with option '--key <key>'");
    const unknown = await cli("build", "--session", "os_0123456789", "--detach");
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('there is no session "os_0123456789"') });
  });

  test("baton build without a runner is refused; an unknown runner is refused by name", async () => {
    const cli = cliIn(scratch());
    const alone = await cli("build", FIX);
    expect(alone).toMatchObject({ code: 2 });
    expect(alone.stderr).toContain("the run has agent steps, and no runner to do them");
    expect((await cli("build", FIX, "--runner", "gose")).stderr).toContain('there is no runner "gose"');
  });

  test("baton route prints the routing and opens no session", async () => {
    const cli = cliIn(scratch());
    const { stdout, code } = await cli("route", LAUNCH, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ label: "new_product_launch", template: "new_product_launch", parameters: { product_asin: "B0DWK3C1R7" } },
      ...{ confidence: expect.any(Number), reasons: expect.any(Array) },
    });
    const live = await cli("route", "Run the CI/CD pipeline for git@example.org:shop.git to production");
    expect(live.stdout).toContain("It would wait for the user's confirmation: environments has production");
    expect((await cli("session", "list")).stdout).toContain("There are no sessions yet");
    expect((await cli("route", LAUNCH)).stdout).toMatch(/^new_product_launch +\d+%/);
  });
});
