import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { briefing, MAX_BRIEFING_CHARACTERS } from "../../src/run/view/briefing.ts";
import { runs } from "../rig/rules/runs.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const NEXT = "monitor_workflow to see how it goes on.";
const brief = (desk: Desk, note?: string) =>
  briefing(desk.plan, desk.state, { status: desk.state.status, next: NEXT, note });

describe("briefing", () => {
  test("a briefing lists status, work, ready, failed and waiting steps, handoffs, results and checkpoint", () => {
    const steps = [
      agentStep("plan", { agent: "planner" }),
      agentStep("build", { agent: "builder", verify: [{ command: "x" }] }, { retry: { retries: 1 } }),
      agentStep("check", { verify: [{ command: "x" }] }),
      { id: "run" },
      { id: "flaky", retry: { retries: 1, delay: 60_000 } },
      agentStep("broken", {}, { optional: true }),
      agentStep("free", { prompt: "Read\n  it all" }),
      { id: "last", name: "The last" },
      agentStep("passed"),
    ];
    const desk = new Desk(
      steps,
      edges("plan → build", "build → last", "run → last", "check → last", "flaky → last", "free → last"),
      {
        workflow: { name: "Feature", description: "A login page" },
        parameters: { goal: "OAuth" },
        created: { cwd: "/project", name: "Feature" },
      },
    );
    const accept = (stepId: string, worker?: string) => desk.accept({ stepId, ...(worker && { worker }) })[0]!;
    desk.ask({
      action: "complete",
      assignment: accept("plan"),
      output: { files: ["a.ts"] },
      context: { summary: "one file" },
    });
    const build = accept("build", "ann");
    desk.ask({ action: "complete", assignment: build });
    desk.end("build", { outcome: "failed", reason: "verification_failed", message: "the file is not there" });
    desk.ask({ action: "progress", assignment: build, percent: 40, task: "writing" });
    desk.ask({ action: "complete", assignment: accept("check", "bob") });
    desk.fail("flaky");
    desk.ask({ action: "fail", assignment: accept("broken"), reason: "no pen" });
    const to = { kind: "agent" as const, name: "other" };
    desk.ask({ action: "transfer", assignment: accept("passed"), to, context: { seen: 1 }, reason: "not mine" });
    desk.ask({ action: "checkpoint", name: "before lunch" });
    const until = new Date(desk.now + 1_800_000).toISOString();
    expect(brief(desk).split("\n")).toEqual([
      `Run wf_0123456789 "Feature": running, 1 of 9 steps completed, rev ${desk.state.rev}`,
      "Goal: A login page",
      'Parameters: {"goal":"OAuth"}',
      "Directory: /project",
      "Waits for a person: nothing",
      "In work:",
      `- build: with ann (as builder) until ${until}, assignment ${build} (40% "writing"); failed before: "the file is not there"`,
      "- check: delivered by bob (as ag), Baton checks it",
      "- run: Baton runs it (attempt 1)",
      "Ready for an agent:",
      '- free for ag: "Read it all"',
      '- passed for other: "passed"',
      "Failed:",
      '- broken: agent_failed: "no pen"',
      "Waiting:",
      `- flaky: tried again at ${new Date(desk.now + 60_000).toISOString()}`,
      "- last: for build, run, check, flaky and 1 more",
      "Last handoffs:",
      '- planner → the next agent, step plan: {"summary":"one file"}',
      '- ag → other, step passed ("not mine"): {"seen":1}',
      "Done, latest first:",
      '- plan (reported, planner): {"files":["a.ts"]}',
      "Latest checkpoint:",
      `- ${desk.state.checkpoints.at(-1)!.id} "before lunch"`,
      `Next: ${NEXT}`,
    ]);
  });

  test("a briefing of a paused run says why the run is paused and which agent each ready step is for", () => {
    const desk = new Desk([agentStep("a"), { id: "b" }]);
    desk.end("b");
    desk.ask({ action: "pause" });
    expect(brief(desk, "Paused on request.")).toContain("Waits for a person: Paused on request.");
    expect(brief(desk)).toContain("Waits for a person: the run is not going on");
    expect(brief(desk)).toContain("Waiting:\n- a: for ag, once the run goes on");
    expect(brief(desk)).toContain("- b (observed)");
  });

  test("a briefing of a run that has ended has no waiting steps", () => {
    const desk = new Desk([{ id: "a" }, { id: "b" }], edges("a → b"));
    desk.fail("a");
    expect(brief(desk, "It is over.")).toContain("Note: It is over.");
    expect(brief(desk)).not.toContain("Waiting:");
  });
});

describe("a briefing of a huge run", () => {
  const text = (length: number) => "words and more words ".repeat(Math.ceil(length / 21)).slice(0, length);

  test("a briefing of 10,000 steps stays within MAX_BRIEFING_CHARACTERS and says how many are left out", () => {
    const SIZE = 10_000;
    const steps = Array.from({ length: SIZE }, (_, n) =>
      agentStep(
        `step-${n}-${"x".repeat(90)}`,
        { agent: `agent-${n}-${text(60)}`, prompt: text(5_000) },
        { optional: true },
      ),
    );
    const dependencies = Array.from({ length: 2_000 }, (_, n) => ({ from: steps[n]!.id, to: steps[n + 8_000]!.id }));
    const desk = new Desk(steps, dependencies, {
      workflow: { description: text(4_000) },
      created: { name: text(4_000), cwd: `/${text(3_000)}` },
      parameters: { all: text(90_000) },
    });
    const tokens: string[] = [];
    for (let n = 0; n < 40; n++) tokens.push(...desk.accept({ worker: text(200) }, 50));
    tokens.forEach((assignment, n) => {
      const context = { said: text(5_000) };
      if (n < 600) desk.ask({ action: "complete", assignment, output: text(20_000), context });
      else if (n < 1_000) desk.ask({ action: "fail", assignment, reason: text(4_000) });
      else if (n < 1_400) desk.ask({ action: "transfer", assignment, to: { kind: "agent", name: text(200) }, context });
      else desk.ask({ action: "progress", assignment, percent: 1, task: text(4_000) });
    });
    const said = brief(desk, text(2_000));
    expect(said.length).toBeLessThanOrEqual(MAX_BRIEFING_CHARACTERS);
    for (const title of [
      "In work",
      "Ready for an agent",
      "Failed",
      "Waiting",
      "Last handoffs",
      "Done",
      "Latest checkpoint",
    ])
      expect(said).toContain(`\n${title}`);
    expect(said).toMatch(/… and \d+ more/);
    expect(said.split("\n").at(-1)).toBe(`Next: ${NEXT}`);
  });

  test("a briefing stays within MAX_BRIEFING_CHARACTERS for any texts", () => {
    const words = fc.string({ minLength: 1, maxLength: 3_000, unit: "binary" });
    fc.assert(
      fc.property(words, words, words, words, fc.nat(60), (name, prompt, output, worker, size) => {
        const steps = Array.from({ length: size + 1 }, (_, n) => agentStep(`s${n}`, { agent: name, prompt }));
        const desk = new Desk(steps, [], { created: { name, cwd: prompt }, workflow: { description: output } });
        const [first] = desk.accept({ worker }, 3);
        desk.ask({ action: "complete", assignment: first!, output, context: { [name]: output } });
        const said = briefing(desk.plan, desk.state, { status: "paused", next: prompt, note: output });
        expect(said.length).toBeLessThanOrEqual(MAX_BRIEFING_CHARACTERS);
      }),
      { numRuns: runs(50) },
    );
  });
});
