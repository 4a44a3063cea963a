import { describe, expect, test } from "vitest";
import type { Request } from "../../src/model/message.ts";
import type { Note } from "../../src/model/note.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { assignmentText } from "../../src/run/assignment/assignment-text.ts";
import { partText } from "../../src/run/assignment/part-text.ts";
import { factsOfFork } from "../../src/run/fork.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { namesStep, notesFor, type RelatedRun, recipientsIn, treeOf } from "../../src/run/worker/notes.ts";
import { agentStep, Desk, growing, growStep } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const texts = (desk: Desk, stepId: string, related?: readonly RelatedRun[]) =>
  notesFor(desk.plan, desk.state, stepId, related).map(({ text }) => text);
const run = ({ plan, state }: Desk): RelatedRun => ({ plan, state });

/** Accepts a step and tells something. */
function tell(desk: Desk, stepId: string, ...notes: readonly Note[]): string {
  const [assignment] = desk.accept({ stepId, worker: `w-${stepId}` });
  desk.ask({ action: "note", assignment: assignment!, notes: [...notes] });
  return assignment!;
}

describe("notes", () => {
  test("stand in the journal before the delivery that they came with, in one write", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"));
    const [assignment] = desk.accept({ stepId: "a", worker: "ann" });
    const notes: Note[] = [{ text: "The port is 8081.", kind: "trap", for: ["b"] }];
    expect(desk.ask({ action: "complete", assignment: assignment!, output: 1, notes })).toEqual([
      "notes_left a",
      "step_completed a",
      "checkpoint_created a",
    ]);
    const at = new Date(desk.now).toISOString();
    expect(notesFor(desk.plan, desk.state, "b")).toEqual([
      {
        ...{ text: "The port is 8081.", kind: "trap", for: ["b"], from: "ag", worker: "ann" },
        ...{ workflowId: "wf_0123456789", stepId: "a", attempt: 1, at },
      },
    ]);
  });

  test.each([
    ["progress", { task: "half" }, "step_progressed a"],
    ["note", {}, "step_progressed a"],
    ["fail", { reason: "no pen" }, "step_failed a"],
    ["release", {}, "step_released a"],
    ["transfer", { to: { kind: "agent", name: "other" } }, "step_transferred a"],
  ] as const)("come with %s", (action, rest, event) => {
    const desk = new Desk([agentStep("a", {}, { retry: { retries: 1, delay: 0 } })]);
    const [assignment] = desk.accept();
    const request = { action, assignment: assignment!, ...rest, notes: [{ text: "n" }] };
    const since = desk.journal.length;
    desk.ask(request as Request);
    expect(desk.told(since).slice(0, 2)).toEqual(["notes_left a", event]);
    expect(texts(desk, "a")).toEqual(["n"]);
  });

  test("a refused delivery leaves no notes, and a repeated one leaves none twice", () => {
    const desk = new Desk([agentStep("a", { output: { type: "object" } }), agentStep("b")]);
    const [assignment] = desk.accept({ stepId: "a" });
    const complete = (output: JsonValue) =>
      desk.ask({ action: "complete", assignment: assignment!, output, notes: [{ text: "n" }] });
    expect(complete("words")).toMatchObject({ reason: "output_invalid" });
    expect(desk.state.notes).toEqual([]);
    complete({});
    expect(complete({})).toEqual(["delivery_repeated a"]);
    expect(desk.state.notes).toHaveLength(1);
  });

  test("a message whose write was torn behind its notes is handled again, and its notes stand once", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"));
    const [assignment] = desk.accept({ stepId: "a" });
    desk.commit(
      [{ type: "notes_left", step: "a", attempt: 1, agent: "ag", notes: [{ text: "n" }], with: "delivery" }],
      "m",
    );
    desk.takeOver();
    desk.pass(5);
    const complete: Request = { action: "complete", assignment: assignment!, output: 1, notes: [{ text: "n" }] };
    expect(desk.ask(complete, "m")).toEqual(["notes_left a", "step_completed a", "checkpoint_created a"]);
    expect(texts(desk, "b")).toEqual(["n"]);
  });

  test("reach direct dependents across commands, and nobody behind them", () => {
    const steps = [agentStep("a"), { id: "x" }, agentStep("b"), agentStep("c"), agentStep("z")];
    const desk = new Desk(steps, edges("a → x", "x → b", "b → c"));
    tell(desk, "a", { text: "for the next" });
    expect(["a", "b", "c", "z"].map((id) => texts(desk, id))).toEqual([["for the next"], ["for the next"], [], []]);
  });

  test("of a failed agent reach those behind it, besides those of the agents before it", () => {
    const steps = [agentStep("a"), agentStep("b"), agentStep("c", {}, { condition: "always" })];
    const desk = new Desk(steps, edges("a → b", "b → c"));
    desk.ask({ action: "complete", assignment: tell(desk, "a", { text: "of a" }) });
    desk.ask({ action: "fail", assignment: tell(desk, "b", { text: "of b" }), reason: "no" });
    expect(texts(desk, "c")).toEqual(["of a", "of b"]);
  });

  test("reach whom they name, by step, role or as all, however far", () => {
    const steps = [agentStep("a"), agentStep("b"), agentStep("c", { agent: "code-reviewer" }), agentStep("d")];
    const desk = new Desk(steps, edges("a → b", "b → c"));
    tell(
      desk,
      "a",
      { text: "step", for: ["D"] },
      { text: "role", for: ["Code Reviewer"] },
      { text: "all", for: "all" },
      { text: "nobody", for: ["elsewhere"] },
    );
    expect(texts(desk, "b")).toEqual(["step", "role", "all", "nobody"]);
    expect(texts(desk, "c")).toEqual(["role", "all"]);
    expect(texts(desk, "d")).toEqual(["step", "all"]);
  });

  test("name the steps of a plan by their ids in the plan, or all that a step was expanded into", () => {
    expect(namesStep("parser", "build.parser")).toBe(true);
    expect(namesStep("build", "build.parser")).toBe(true);
    expect(namesStep("parse", "build.parser")).toBe(false);
    const desk = new Desk(
      [agentStep("plan"), growStep("build"), agentStep("end")],
      edges("plan → build", "build → end"),
    );
    const assignment = tell(desk, "plan", { text: "to one", for: ["x"] }, { text: "to all of them", for: ["build"] });
    desk.ask({ action: "complete", assignment });
    desk.end("build", growing("build", [agentStep("build.x"), agentStep("build.y")]));
    // All of them stand directly behind the planner.
    expect(texts(desk, "build.x")).toEqual(["to one", "to all of them"]);
    expect(recipientsIn(run(desk))).toEqual({ steps: ["plan", "build", "end", "build.x", "build.y"], roles: ["ag"] });
    desk.ask({ action: "pause" });
    desk.ask({ action: "restart", stepId: "build" });
    expect(recipientsIn(run(desk)).steps).toEqual(["plan", "build", "end"]);
  });

  test("stay for the next worker of the step, and through restart and restore", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"));
    const checkpoint = () => desk.state.checkpoints.at(-1)!.id;
    desk.ask({ action: "checkpoint" });
    const before = checkpoint();
    desk.ask({ action: "release", assignment: tell(desk, "a", { text: "half done" }) });
    expect(texts(desk, "a")).toEqual(["half done"]);
    desk.ask({ action: "restore", checkpoint: before });
    desk.ask({ action: "resume" });
    desk.ask({ action: "complete", assignment: desk.accept({ stepId: "a" })[0]! });
    expect(texts(desk, "b")).toEqual(["half done"]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.ask({ action: "restart" });
    expect(texts(desk, "a")).toEqual(["half done"]);
    desk.reopen();
    expect(texts(desk, "a")).toEqual(["half done"]);
  });

  test("are copied by a fork, up to its checkpoint", () => {
    const steps = [agentStep("a"), agentStep("b")];
    const desk = new Desk(steps, edges("a → b"));
    desk.ask({ action: "complete", assignment: tell(desk, "a", { text: "early" }) });
    desk.pass(10);
    const early = desk.state.checkpoints.at(-1)!.id;
    const assignment = tell(desk, "b", { text: "late" });
    const forked = (checkpoint?: string) => {
      const copy = new Desk(steps, edges("a → b"));
      copy.fold(...factsOfFork(desk.plan, desk.state, checkpoint));
      return copy;
    };
    expect(forked(early).statuses).toEqual(["completed", "ready"]);
    expect(texts(forked(early), "b")).toEqual(["early"]);
    expect(texts(forked(), "b")).toEqual(["early", "late"]);
    desk.ask({ action: "complete", assignment });
    expect(forked().state.notes.map(({ text }) => text)).toEqual(["early", "late"]);
  });
});

describe("notes between runs", () => {
  const parentOf = () =>
    new Desk([agentStep("plan"), { id: "sub" }, agentStep("end")], edges("plan → sub", "sub → end"));
  const childOf = (workflowId: string, step = "sub") =>
    new Desk([agentStep("first"), agentStep("second", { agent: "builder" })], edges("first → second"), {
      created: { workflowId, parent: { workflowId: "wf_0123456789", stepId: step } },
    });

  test("of a run reach the workers of the runs inside of it, and theirs reach those behind it", () => {
    const parent = parentOf();
    const planner = tell(
      parent,
      "plan",
      { text: "for what follows" },
      { text: "for a role inside", for: ["builder"] },
      { text: "for the step inside", for: ["first"] },
    );
    parent.ask({ action: "complete", assignment: planner });
    const child = childOf("wf_1111111111");
    parent.fold({ type: "child_started", step: "sub", attempt: 1, child: "wf_1111111111" });
    expect(texts(child, "second", [run(parent)])).toEqual([
      "for what follows",
      "for a role inside",
      "for the step inside",
    ]);
    tell(child, "first", { text: "found inside" });
    parent.end("sub");
    expect(texts(parent, "end", [run(child)])).toEqual(["found inside"]);
    // Where the run inside cannot be read, the agents before it are the nearest.
    expect(texts(parent, "end")).toHaveLength(3);
  });

  test("reach across two runs inside of each other", () => {
    const parent = parentOf();
    parent.ask({ action: "complete", assignment: tell(parent, "plan", { text: "outer" }) });
    parent.fold({ type: "child_started", step: "sub", attempt: 1, child: "wf_1111111111" });
    const middle = new Desk([{ id: "deep" }], [], {
      created: { workflowId: "wf_1111111111", parent: { workflowId: "wf_0123456789", stepId: "sub" } },
    });
    middle.fold({ type: "child_started", step: "deep", attempt: 1, child: "wf_2222222222" });
    const inner = new Desk([agentStep("first")], [], {
      created: { workflowId: "wf_2222222222", parent: { workflowId: "wf_1111111111", stepId: "deep" } },
    });
    expect(texts(inner, "first", [run(parent), run(middle)])).toEqual(["outer"]);
    tell(inner, "first", { text: "inner" });
    expect(texts(parent, "end", [run(middle), run(inner)])).toEqual(["inner"]);
  });

  test("only runs of the same tree belong together", () => {
    const [parent, child, other] = [parentOf(), childOf("wf_1111111111"), childOf("wf_3333333333")];
    Object.assign(other.state, { parent: { workflowId: "wf_9999999999", stepId: "sub" } });
    const all = [parent, child, other].map(run);
    expect(treeOf(child.state, all).map(({ state }) => state.workflowId)).toEqual(["wf_0123456789"]);
    expect(treeOf(parent.state, all).map(({ state }) => state.workflowId)).toEqual(["wf_1111111111"]);
  });
});

describe("what the next worker reads", () => {
  const options = { role: undefined, call: (part: string) => `read ${part}` };

  test("the trace tells of each attempt who had it, what was reported and why it ended", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 60 }, { retry: { retries: 1, delay: 0 } })]);
    const [first] = desk.accept({ worker: "ann" });
    for (const task of ["reading", "reading", "writing"]) desk.ask({ action: "progress", assignment: first!, task });
    desk.pass(60_000);
    const [second] = desk.accept({ worker: "bob" });
    desk.ask({ action: "release", assignment: second!, reason: "wrong model" });
    desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no pen", output: { half: 1 } });
    desk.accept();
    const told = assignmentOf(desk.plan, desk.state, 0);
    expect(told.trace).toMatchObject([
      {
        attempt: 1,
        agent: "ag",
        worker: "ann",
        ended: "expired",
        reason: "lease_expired",
        said: ["reading", "writing"],
      },
      { attempt: 2, worker: "bob", ended: "released", message: "wrong model" },
      { attempt: 3, ended: "failed", reason: "agent_failed", message: "no pen", output: { half: 1 } },
    ]);
    const { text } = assignmentText(told, { ...options, size: 6_000 });
    for (const words of ["by ag as ann", "writing", "wrong model", "no pen", 'Its output: {"half":1}'])
      expect(text).toContain(words);
    // The latest attempt comes first, so the oldest is cut first.
    expect(text.indexOf("Attempt 3")).toBeLessThan(text.indexOf("Attempt 1"));
    expect(JSON.parse(partText("trace", { told, output: undefined, options })!)).toEqual(told.trace);
  });

  test("what a worker reported belongs to its attempt, also when the step came back to it", () => {
    const desk = new Desk([agentStep("a", { verify: [{ command: "x" }] }, { retry: { retries: 2, delay: 0 } })]);
    const [token] = desk.accept({ worker: "ann" });
    desk.ask({ action: "progress", assignment: token!, task: "one" });
    desk.ask({ action: "complete", assignment: token! });
    desk.end("a", { outcome: "failed", reason: "verification_failed", message: "tests fail" });
    desk.ask({ action: "progress", assignment: token!, task: "two" });
    const [again] = desk.accept({ worker: "ann", stepId: "a" });
    desk.ask({ action: "progress", assignment: again!, task: "three" });
    desk.ask({ action: "complete", assignment: again! });
    desk.end("a");
    expect(desk.state.log).toMatchObject([
      { attempt: 1, status: "failed", reason: "verification_failed", message: "tests fail", said: ["one"] },
      { attempt: 2, status: "completed", said: ["two", "three"] },
    ]);
  });

  test("a worker that reports without end keeps its first words and the latest", () => {
    const desk = new Desk([agentStep("a")]);
    const [assignment] = desk.accept();
    for (let n = 0; n < 520; n++) desk.ask({ action: "progress", assignment: assignment!, task: `t${n}` });
    const { said } = desk.step("a").lease!;
    expect([said!.length, said![0], said!.at(-1)]).toEqual([500, "t0", "t519"]);
  });

  test("notes stand in the text, the latest first, and whole behind the call that reads them", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"));
    const notes = Array.from(
      { length: 20 },
      (_, n): Note => ({ text: `note ${n} ${"x".repeat(300)}`, kind: "decision" }),
    );
    desk.ask({ action: "complete", assignment: tell(desk, "a", ...notes) });
    desk.accept();
    const told = assignmentOf(desk.plan, desk.state, 1);
    const { text, leftOut } = assignmentText(told, { ...options, size: 3_000 });
    expect(text).toContain("decision, ag (w-a), step a:");
    expect(text).toContain("note 19");
    expect(leftOut).toMatchObject([{ part: "notes", call: "read notes" }]);
    expect(JSON.parse(partText("notes", { told, output: undefined, options })!)).toHaveLength(20);
  });
});

test("a view of everything holds the notes; others do not", () => {
  const desk = new Desk([agentStep("a")]);
  desk.ask({ action: "note", assignment: desk.accept()[0]!, notes: [{ text: "mind the gap", kind: "trap" }] });
  expect(viewRun(desk.plan, desk.state, desk.now, { inputs: true }).notes).toMatchObject([
    { text: "mind the gap", kind: "trap", stepId: "a", from: "ag" },
  ]);
  expect(viewRun(desk.plan, desk.state, desk.now)).not.toHaveProperty("notes");
});

test("a damaged journal that names itself as its parent, or runs in a circle, ends no search", () => {
  const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"));
  const { workflowId } = desk.state;
  Object.assign(desk.state, { parent: { workflowId, stepId: "a" } });
  desk.step("a").child = workflowId;
  tell(desk, "a", { text: "mind the gap" });
  expect(texts(desk, "a", treeOf(desk.state, [run(desk)]))).toEqual(["mind the gap"]);
  expect(texts(desk, "b", [run(desk)])).toContain("mind the gap");
  Object.assign(desk.state, { parent: { workflowId, stepId: "nowhere" } });
  expect(texts(desk, "a", [run(desk)])).toContain("mind the gap");
});
