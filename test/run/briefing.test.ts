import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BriefedRun, briefing, MAX_BRIEFING_CHARACTERS } from "../../src/run/view/briefing/briefing.ts";
import { runs } from "../rig/rules/runs.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const NEXT = "monitor_workflow to see how it goes on.";
const brief = (desk: Desk, note?: string) => briefing({ runs: [toldOf(desk, { note })], sessions: [], next: NEXT });
const toldOf = (desk: Desk, rest: Partial<BriefedRun> = {}): BriefedRun => ({
  ...{ plan: desk.plan, state: desk.state, now: desk.now, status: desk.state.status, next: NEXT },
  ...rest,
});

describe("briefing", () => {
  test("a briefing lists status, work, ready, failed and waiting steps, handoffs, results and checkpoint", () => {
    const steps = [
      agentStep("plan", { agent: "planner" }),
      agentStep(
        "build",
        { agent: "builder", verify: [{ command: "x" }, { file: "page.html" }] },
        { retry: { retries: 1 } },
      ),
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
        parameters: { goal: "A login page", size: "L" },
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
    const [now, until] = [new Date(desk.now).toISOString(), new Date(desk.now + 1_800_000).toISOString()];
    expect(brief(desk).split("\n")).toEqual([
      `Run wf_0123456789 "Feature": running, 1 of 9 steps completed, rev ${desk.state.rev}`,
      "Goal: A login page",
      'Parameters: {"size":"L"}',
      "Directory: /project",
      "Waits for a person: nothing",
      "In work:",
      `- build: with ann (as builder) since ${now}, last seen ${now}, until ${until}, assignment ${build} (40% "writing"); failed before: "the file is not there"`,
      "- check: delivered by bob (as ag), Baton checks it",
      "- run: Baton runs it (attempt 1)",
      "Failed or tried again:",
      '- broken: agent_failed: "no pen"',
      `- flaky: tried again at ${new Date(desk.now + 60_000).toISOString()}`,
      "Half done:",
      '- build, attempt 2, ann (as builder); said last: "writing"',
      '- build, attempt 1 of ann (as builder) failed ("the file is not there")',
      '- passed, attempt 1 of ag passed it on ("not mine")',
      "Checks of what is in work:",
      '- build: "x" (before the work: failed), "file page.html" (before the work: failed)',
      '- check: "x" (before the work: failed)',
      "Ready for an agent:",
      '- free for ag: "Read it all"',
      '- passed for other: "passed"',
      "Waiting:",
      "- last: for build, run, check, flaky and 1 more",
      "Done, latest first:",
      '- plan (reported, planner): {"files":["a.ts"]}',
      "Other notes and handoffs:",
      '- planner → the next agent, step plan: {"summary":"one file"}',
      '- ag → other, step passed ("not mine"): {"seen":1}',
      "Latest checkpoint:",
      `- ${desk.state.checkpoints.at(-1)!.id} "before lunch"`,
      `Next: ${NEXT}`,
    ]);
  });

  test("a briefing of a paused run says why the run is paused and which agent each ready step is for", () => {
    const desk = new Desk([agentStep("a"), { id: "b" }]);
    desk.end("b");
    desk.ask({ action: "pause" });
    expect(brief(desk, "Paused on request.")).toContain("Waits for a person:\n- paused: Paused on request.\n");
    expect(brief(desk)).toContain("Waits for a person:\n- paused: the run is not going on");
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
    expect(said).toContain("\nIn work:\n- step-1400-");
    // Nothing that is needed less takes the room of what is in work.
    expect(said).toMatch(
      /\nLeft out: 59\d of "In work", 400 of "Failed or tried again", 600 of "Half done", 7000 of "Ready for an agent"/,
    );
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
        const run = toldOf(desk, { status: "paused", next: prompt, note: output });
        const said = briefing({ runs: [run], sessions: [], next: prompt });
        expect(said.length).toBeLessThanOrEqual(MAX_BRIEFING_CHARACTERS);
      }),
      { numRuns: runs(50) },
    );
  });
});

describe("what a briefing covers", () => {
  const facts = (desk: Desk, id: string) => ({ step: id, attempt: desk.step(id).attempt, agent: "ag" });

  test("a silent worker's step says how to take it over, and only then", () => {
    const desk = new Desk([agentStep("a")]);
    const [token] = desk.accept({ worker: "ann" });
    desk.pass(9 * 60_000);
    expect(brief(desk)).not.toContain("takeOver");
    const patient = toldOf(desk, { takeOverAfter: 9 * 60_000 });
    expect(briefing({ runs: [patient], sessions: [], next: NEXT })).toContain("takeOver");
    desk.pass(60_000);
    expect(brief(desk)).toContain(
      `assignment ${token}; no sign of life since then: handoff {action: "accept", workflowId: "wf_0123456789", stepId: "a", takeOver: "why"} takes it over`,
    );
    desk.step("a").lease = { ...desk.step("a").lease!, lastSeen: desk.now };
    expect(brief(desk)).not.toContain("takeOver");
  });

  test("half-done work comes with its whole last note and the files that no commit holds", () => {
    const desk = new Desk([agentStep("a"), agentStep("b"), { id: "run" }]);
    const long = `half of it ${"and more ".repeat(60)}the end`;
    desk.accept({ stepId: "a", worker: "ann" });
    desk.step("a").lease = { ...desk.step("a").lease!, said: ["first", long] };
    const [released] = desk.accept({ stepId: "b" });
    desk.ask({ action: "release", assignment: released!, reason: "not mine" });
    const files = Array.from({ length: 10 }, (_, n) => `f${n}.ts`);
    const changes = { files, insertions: 1, deletions: 0, shared: false };
    const ended = { index: 1, endedAt: desk.now, agent: "ag", worker: "bob" };
    desk.state.log.push(
      { ...ended, attempt: 1, status: "released", message: "not mine", said: ["look at f2"], changes },
      { index: 2, attempt: 1, status: "failed", endedAt: desk.now, message: "a command has no worker" },
    );
    const told = briefing({
      runs: [toldOf(desk, { uncommitted: { repository: "/p", files: ["x.ts", "new file"], total: 3 } })],
      sessions: [],
      next: NEXT,
    });
    expect(told).toContain(`\nHalf done:\n- a, attempt 1, ann (as ag); said last: "${long}"\n`);
    expect(told).toContain(
      '- b, attempt 1 of bob (as ag) gave it back ("not mine"); left changed: f0.ts, f1.ts, f2.ts, f3.ts, f4.ts, f5.ts, f6.ts, f7.ts and 2 more; said last: "look at f2"',
    );
    expect(told).toContain('\n- not committed in /p: x.ts, "new file" and 1 more\n');
    expect(told).not.toContain("a command has no worker");
  });

  test("the person's answers, decisions and traps come before what is ready; other notes come late", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")]);
    const [token] = desk.accept({ stepId: "a" });
    const questions = [{ id: "q", question: "Cents or euros?" }];
    desk.ask({ action: "ask", assignment: token!, questions });
    desk.ask({ action: "answer", stepId: "a", answers: { q: "cents" } });
    desk.accept({ stepId: "a" });
    const notes = [
      { text: "rates are per mille", kind: "decision" as const, for: "all" as const },
      { text: "the cache lies", kind: "trap" as const, for: ["b", "a reviewer"] },
      { text: "tests are in spec/" },
    ];
    desk.fold({ type: "notes_left", ...facts(desk, "a"), worker: "ann", notes });
    const lines = brief(desk).split("\n");
    const from = lines.indexOf("The person decided:");
    expect(lines.slice(from, from + 6)).toEqual([
      "The person decided:",
      '- a: "Cents or euros?" → cents',
      "Decisions and traps:",
      '- trap, a by ann (as ag), for b, "a reviewer": "the cache lies"',
      '- decision, a by ann (as ag), for all: "rates are per mille"',
      "Ready for an agent:",
    ]);
    expect(lines.slice(-3, -1)).toEqual(["Other notes and handoffs:", '- a by ann (as ag): "tests are in spec/"']);
  });

  test("checks come with how they went before the work, or last", () => {
    const verify = ["a", "b", "c", "d", "e"].map((command) => ({ command }));
    const desk = new Desk([agentStep("a", { verify })]);
    desk.accept();
    desk.step("a").baseline = { checks: [{ check: "a", outcome: "failed" }] };
    expect(brief(desk)).toContain('- a: "a" (before the work: failed), "b", "c", "d" and 1 more\n');
    desk.step("a").checks = [{ check: "b", outcome: "passed" }];
    expect(brief(desk)).toContain('- a: "a", "b" (last: passed), "c", "d" and 1 more\n');
    const unreadable = new Desk([agentStep("a", { verify: [{ command: "{{nothing.x}}" }], prompt: "{{1 / 0}}" })]);
    expect(brief(unreadable)).not.toContain("Checks");
  });

  test("a briefing never says that nothing waits for a person while something does", () => {
    const deed = fc.constantFrom("ask", "accept", "leave");
    fc.assert(
      fc.property(
        fc.array(deed, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.boolean(),
        (deeds, paused, several) => {
          const desk = new Desk(deeds.map((_, n) => agentStep(`s${n}`, { prompt: "work ".repeat(60) })));
          deeds.forEach((deed, n) => {
            if (deed === "leave") return;
            const [assignment] = desk.accept({ stepId: `s${n}` });
            const questions = [{ id: `q${n}`, question: `Which of ${"these ".repeat(40)}?` }];
            if (deed === "ask") desk.ask({ action: "ask", assignment: assignment!, questions });
          });
          if (paused) desk.ask({ action: "pause" });
          const told = briefing({ runs: Array(several ? 2 : 1).fill(toldOf(desk)), sessions: [], next: NEXT });
          const waits = paused || deeds.includes("ask");
          expect(told.includes("Waits for a person: nothing")).toBe(!waits);
          deeds.forEach((deed, n) => {
            if (deed === "ask") expect(told).toContain(`, q${n}: "Which of`);
          });
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test("several runs are told by their ids, and a session that waits is the person's", () => {
    const [one, two] = [
      new Desk([agentStep("a")]),
      new Desk([agentStep("b")], [], { created: { workflowId: "wf_2222222222" } }),
    ];
    two.ask({ action: "checkpoint", name: "here" });
    const [held] = two.accept();
    const session = { sessionId: "os_0123456789", goal: "a login", openedAt: 0, next: "ask the user." };
    const lines = briefing({
      runs: [toldOf(one, { sessionId: "os_1111111111" }), toldOf(two, { next: "deliver it." })],
      sessions: [session],
      unfinished: [{ sessionId: "os_3333333333", goal: "done" }],
      damaged: [{ workflowId: "wf_4444444444", note: "a line is torn" }],
      foreign: 1,
      untold: { runs: 3, sessions: 2 },
      next: NEXT,
    }).split("\n");
    const iso = new Date(two.now).toISOString();
    expect(lines.slice(0, 2)).toEqual([
      "Open:",
      '- wf_0123456789 (session os_1111111111): running, 0 of 1 steps completed; "test" in /',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        '- session os_0123456789, open since 1970-01-01T00:00:00.000Z: "a login": ask the user.',
        "- wf_4444444444 is damaged: a line is torn",
        '- 3 more runs are open: monitor_workflow {action: "list"} names them',
        '- 2 more sessions have not started: orchestrate {action: "list"} names them',
        "- 1 run is not this user's: Baton executes them only after `baton trust` at a terminal",
        expect.stringContaining(`- wf_2222222222 b: with ag since ${iso}`),
        expect.stringContaining(`assignment ${held}`),
        '- wf_0123456789 a for ag: "a"',
        "- wf_2222222222: deliver it.",
        '- "done": orchestrate {action: "finish", sessionId: "os_3333333333"} returns the summary for the user',
        expect.stringMatching(/^- wf_2222222222 cp_\w+ "here"$/),
      ]),
    );
    expect(lines).not.toContain("Waits for a person: nothing");
  });

  test("what is left out of several runs, or of sessions alone, names the call that tells it", () => {
    const desks = Array.from({ length: 20 }, () => new Desk([agentStep("a", { prompt: "long ".repeat(100) })]));
    const many = briefing({
      runs: desks.map((desk) => toldOf(desk, { next: "x".repeat(300) })),
      sessions: [],
      next: NEXT,
    });
    expect(many).toContain('. monitor_workflow {action: "briefing", workflowId: "…"} tells more of one run');
    const sessions = Array.from({ length: 40 }, () => ({
      sessionId: "os_0",
      goal: "g".repeat(99),
      openedAt: 0,
      next: "n",
    }));
    const waiting = briefing({ runs: [], sessions, above: ["Nothing runs."], next: NEXT });
    expect(waiting).toMatch(/^Nothing runs\.\nWaits for a person:\n/);
    expect(waiting).toContain('. orchestrate {action: "list"} has all of it.');
    for (const text of [many, waiting]) expect(text.length).toBeLessThanOrEqual(MAX_BRIEFING_CHARACTERS);
  });
});
