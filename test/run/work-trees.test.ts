import { describe, expect, test } from "vitest";
import type { StepView } from "../../src/model/view.ts";
import type { JsonObject } from "../../src/model/workflow.ts";
import { passesOn } from "../../src/run/features/check-results.ts";
import type { TakenForStep } from "../../src/run/worker/taken-tree.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const verify = [{ command: "npm test" }];
const report = { type: "object", required: ["filesChanged"] };
const changed = (
  files: string[],
  rest: Partial<NonNullable<TakenForStep["changed"]>> = {},
): Pick<TakenForStep, "tree" | "changed"> => ({
  tree: `after ${files.join(" ")}`,
  changed: { top: "/", changed: files, missing: [], unseen: [], insertions: 3, deletions: 1, ...rest },
});
const play = (steps: Parameters<typeof agentStep>[], rest: ConstructorParameters<typeof Desk>[2] = {}) =>
  new Desk(
    steps.map((step) => agentStep(...step)),
    [],
    { ...rest, trees: "by hand", created: { code: true, maxParallel: 4 } },
  );
const output = (...filesChanged: string[]) => ({ filesChanged });

/** A run of one step that is accepted, with the work tree of that time. */
function begun(config: object, retries = 0) {
  const desk = play([["a", config, { retry: { retries, delay: 0 } }]]);
  const [assignment] = desk.accept({ worker: "ann" });
  desk.takeTree("a", { tree: "before" });
  return { desk, deliver: (output: JsonObject) => desk.ask({ action: "complete", assignment: assignment!, output }) };
}

describe("the work tree of a step", () => {
  test("it is taken at accept and at delivery, before the checks; the two tell what changed", () => {
    const { desk, deliver } = begun({ verify });
    expect(desk.step("a")).toMatchObject({ treeAccepted: "before" });
    deliver(output("x"));
    expect(desk.step("a")).toMatchObject({ status: "reported", treeing: "delivery" });
    expect(desk.told()).not.toContain("verification_started a");
    desk.reopen();
    expect([...desk.state.treeing]).toEqual([0]);
    desk.takeTree("a", changed(["x", "y"]));
    expect(desk.told().slice(-2)).toEqual(["tree_taken a", "verification_started a"]);
    desk.end("a");
    expect(desk.step("a")).toMatchObject({
      evidence: "verified",
      changes: { files: ["x", "y"], insertions: 3, deletions: 1, shared: false },
    });
  });

  test("a step without checks is done once its tree is taken; without git, at once", () => {
    const { desk, deliver } = begun({});
    deliver({ x: 1 });
    desk.takeTree("a", changed(["x"]));
    expect(desk.told().slice(-5, -2)).toEqual(["tree_taken a", "step_completed a", "checkpoint_created a"]);
    expect(desk.step("a")).toMatchObject({ status: "completed", evidence: "reported", output: { x: 1 } });
    const plain = new Desk([agentStep("a")]);
    plain.ask({ action: "complete", assignment: plain.accept()[0]! });
    expect(plain.told()).not.toContain("tree_taken a");
    expect(plain.step("a").status).toBe("completed");
  });

  test("a builder that changed no file has only reported, whatever its checks say", () => {
    for (const config of [{ output: report }, { builds: true }]) {
      const { desk, deliver } = begun({ ...config, verify });
      deliver(output());
      desk.takeTree("a", changed([]));
      desk.end("a");
      expect(desk.step("a")).toMatchObject({ evidence: "reported", note: "no file changed" });
      expect(desk.view().steps[0]).toMatchObject({ evidence: "reported", note: "no file changed" });
    }
    const { desk, deliver } = begun({ output: report, builds: false, verify });
    deliver(output());
    desk.takeTree("a", changed([]));
    desk.end("a");
    expect(desk.step("a").evidence).toBe("verified");
  });

  test("a delivery that names files that did not change goes back once, with the list, and is marked then", () => {
    const { desk, deliver } = begun({ output: report, verify });
    deliver(output("x", "liar.ts"));
    desk.takeTree("a", changed(["x"]));
    expect(desk.told().slice(-2)).toEqual(["tree_taken a", "delivery_refused a"]);
    expect(desk.step("a")).toMatchObject({ status: "assigned", attempt: 1, failures: 0, lease: { worker: "ann" } });
    expect(desk.step("a").error!.message).toContain("liar.ts");
    expect(desk.view().steps[0]!.error).toMatchObject({ reason: "verification_failed" });
    // The same worker may accept it again.
    expect(desk.accept({ worker: "ann" })).toHaveLength(1);
    const again = desk.step("a").lease!.token;
    desk.ask({ action: "complete", assignment: again, output: output("x", "liar.ts") });
    desk.takeTree("a", changed(["x"]));
    desk.end("a");
    expect(desk.step("a")).toMatchObject({ evidence: "verified", note: "it names files that did not change: liar.ts" });
    deliver(output("x"));
    expect(desk.step("a").status).toBe("completed");
  });

  test("a corrected delivery stands; a runner's goes back to nobody", () => {
    const { desk, deliver } = begun({ output: report });
    deliver(output("liar.ts"));
    desk.takeTree("a", changed(["x"]));
    deliver(output("x"));
    desk.takeTree("a", changed(["x"]));
    expect(desk.step("a")).toMatchObject({ status: "completed", evidence: "reported" });
    expect(desk.step("a")).not.toHaveProperty("note");
    const headless = play([["a", { output: report, runner: { name: "r" } }]]);
    const [token] = headless.accept({ stepId: "a", runner: true });
    headless.takeTree("a", { tree: "before" });
    headless.ask({ action: "complete", assignment: token!, output: output("a", "b", "c", "d", "e", "f") });
    headless.takeTree("a", changed(["x"]));
    expect(headless.step("a")).toMatchObject({
      status: "completed",
      note: "it names files that did not change: a, b, c, d, e and 1 more",
    });
  });

  test("what cannot be taken is not compared", () => {
    const { desk, deliver } = begun({ output: report, verify });
    deliver(output("liar.ts"));
    desk.takeTree("a");
    desk.end("a");
    expect(desk.step("a")).toMatchObject({ evidence: "verified" });
    expect(desk.step("a")).not.toHaveProperty("changes");
  });

  test("a later worker learns what the one before left changed, and both count as one piece of work", () => {
    const { desk } = begun({ output: report, verify });
    desk.ask({ action: "release", assignment: desk.step("a").lease!.token });
    const [second] = desk.accept({ worker: "bob" });
    desk.takeTree("a", changed(["half.ts"]));
    expect(desk.step("a").treeAccepted).toBe("before");
    expect(desk.state.log).toMatchObject([{ status: "released", changes: { files: ["half.ts"] } }]);
    desk.ask({ action: "complete", assignment: second!, output: output("half.ts") });
    desk.takeTree("a", changed(["half.ts"]));
    desk.end("a");
    expect(desk.step("a").evidence).toBe("verified");
  });

  test("a worker who delivers before its tree is taken is not compared; nor is one whose owner died then", () => {
    const early = play([["a", { output: report }]]);
    const [token] = early.accept();
    early.ask({ action: "complete", assignment: token!, output: output("liar.ts") });
    early.takeTree("a", { tree: "t" });
    expect(early.step("a")).toMatchObject({ status: "completed", treeDelivered: "t" });
    const late = play([["a", {}]]);
    late.accept();
    late.takeOver();
    expect([late.state.treeing.size, late.step("a").treeing]).toEqual([0, undefined]);
    late.ask({ action: "complete", assignment: late.step("a").lease!.token });
    late.takeOver();
    // The worker is done, so the tree is still what it delivered.
    expect([...late.state.treeing]).toEqual([0]);
    late.ask({ action: "cancel" });
    expect(late.state.treeing.size).toBe(0);
  });

  test("a view names the first files of a large change", () => {
    const { desk, deliver } = begun({});
    deliver({});
    desk.takeTree("a", changed(Array.from({ length: 250 }, (_, n) => `f${n}`)));
    expect(desk.step("a").changes).toMatchObject({ total: 250 });
    expect(desk.step("a").changes!.files).toHaveLength(200);
    const [view] = desk.view().steps as [StepView];
    expect(view.changes).toMatchObject({ total: 250, files: expect.objectContaining({ length: 20 }) });
  });
});

describe("workers in the same work tree", () => {
  /** Two steps in workers' hands. */
  function two(config: object = {}, other: object = {}) {
    const desk = play(
      [
        ["a", { output: report, verify: [{ command: "node a.test.js" }], ...config }],
        ["b", other],
        ["c", {}],
      ],
      { parameters: { files: ["a.test.js"] } },
    );
    const [a] = desk.accept({ stepId: "a" });
    desk.takeTree("a", { tree: "before" });
    expect(desk.step("a").heldBesides).toBeUndefined();
    const [b] = desk.accept({ stepId: "b" });
    desk.takeTree("b", { tree: "before" });
    return { desk, a: a!, b: b! };
  }

  test("red before and green after proves something of a step only if the check names a file of its own", () => {
    for (const [config, files, delivered, evidence] of [
      [{}, ["x"], ["x"], "checked"],
      [{ files: ["a.test.js"] }, ["x"], ["x"], "verified"],
      [{ files: "{{parameters.files}}" }, ["x"], ["x"], "verified"],
      [{}, ["a.test.js"], ["a.test.js"], "verified"],
      [{}, ["b.test.js"], ["a.test.js"], "checked"],
    ] as const) {
      const { desk, a } = two(config);
      expect(desk.step("a").heldBesides && desk.step("b").heldBesides).toBe(true);
      desk.ask({ action: "complete", assignment: a, output: output(...delivered) });
      desk.takeTree("a", changed([...files]));
      desk.end("a");
      expect(desk.step("a")).toMatchObject({ evidence, changes: { shared: true } });
    }
  });

  test("a file that others say they changed, too, is nobody's own", () => {
    const { desk, a, b } = two();
    desk.ask({ action: "complete", assignment: b, output: output("a.test.js") });
    desk.takeTree("b", changed(["a.test.js"]));
    desk.ask({ action: "complete", assignment: a, output: output("a.test.js") });
    desk.takeTree("a", changed(["a.test.js"]));
    desk.end("a");
    expect(desk.step("a")).toMatchObject({
      evidence: "checked",
      note: "others worked in the same work tree meanwhile",
    });
  });

  test("only a claim that does not exist is wrong then", () => {
    const { desk, a } = two();
    desk.ask({ action: "complete", assignment: a, output: output("x", "nowhere") });
    desk.takeTree("a", changed([], { missing: ["nowhere"] }));
    expect(desk.step("a")).toMatchObject({ status: "assigned", falseClaims: ["nowhere"] });
    expect(desk.step("a").error!.message).toContain("what does not exist: nowhere");
  });

  test("a step of another run shares the work tree, too", () => {
    const { desk, deliver } = begun({ verify });
    deliver({});
    desk.takeTree("a", { ...changed(["x"]), others: true });
    desk.end("a");
    expect(desk.step("a")).toMatchObject({ evidence: "checked", changes: { shared: true } });
  });

  test("a third worker shares with those before", () => {
    const { desk } = two();
    desk.accept({ stepId: "c" });
    expect(desk.step("c").heldBesides).toBe(true);
  });

  test("a check that fails counts only once the others have delivered and it fails again", () => {
    const { desk, a, b } = two({}, { verify });
    desk.ask({ action: "complete", assignment: a, output: output("x") });
    desk.takeTree("a", changed(["x"]));
    desk.fail("a");
    expect(desk.told().slice(-1)).toEqual(["verification_deferred a"]);
    desk.reopen();
    expect([...desk.state.deferred]).toEqual([0]);
    desk.ask({ action: "progress", assignment: b, percent: 5 });
    expect(desk.step("a")).toMatchObject({ status: "reported" });
    desk.ask({ action: "complete", assignment: b });
    expect(desk.told().slice(-2)).toEqual(["verification_resumed a", "verification_started a"]);
    desk.takeTree("b", changed(["x"]));
    // Both are delivered; the second one to fail waits for nobody.
    desk.fail("b");
    expect(desk.told().slice(-3)).toEqual([
      "verification_deferred b",
      "verification_resumed b",
      "verification_started b",
    ]);
    desk.fail("a");
    expect(desk.step("a")).toMatchObject({ status: "failed", error: { reason: "verification_failed" } });
    desk.end("b");
    expect(desk.step("b")).toMatchObject({ status: "completed" });
    expect(desk.step("a")).not.toHaveProperty("rechecking");
  });

  test("a restore ends the wait", () => {
    const { desk, a, b } = two({}, { verify });
    desk.ask({ action: "complete", assignment: a, output: output("x") });
    desk.takeTree("a", changed(["x"]));
    desk.fail("a");
    desk.ask({ action: "checkpoint" });
    const [checkpoint] = desk.state.checkpoints;
    desk.ask({ action: "restore", checkpoint: checkpoint!.id });
    expect([desk.step("a").status, desk.state.deferred.size]).toEqual(["ready", 0]);
    expect(desk.step("a")).not.toHaveProperty("rechecking");
    desk.ask({ action: "resume" });
    const [again] = desk.accept({ stepId: "a" });
    desk.takeTree("a", { tree: "before" });
    desk.ask({ action: "complete", assignment: again!, output: output("x") });
    desk.takeTree("a", changed(["x"]));
    expect(desk.step("a")).toMatchObject({ status: "reported", verifying: true });
    expect(desk.ask({ action: "complete", assignment: b })).toMatchObject({ reason: "assignment_lost" });
  });

  test("it waits five minutes for the others at most, the first one first", () => {
    const { desk, a, b } = two({}, { verify });
    desk.accept({ stepId: "c" });
    desk.takeTree("c", { tree: "before" });
    for (const [step, assignment] of [
      ["a", a],
      ["b", b],
    ] as const) {
      desk.ask({ action: "complete", assignment, output: output("x") });
      desk.takeTree(step, changed(["x"]));
      desk.fail(step);
      desk.pass(1_000);
    }
    expect(desk.decision.wakeAt).toBe(desk.now + 298_000);
    desk.pass(298_000);
    expect(desk.told().slice(-2)).toEqual(["verification_resumed a", "verification_started a"]);
    desk.end("a");
    expect(desk.step("a").status).toBe("completed");
    desk.ask({ action: "cancel" });
    expect([desk.step("b").status, desk.state.deferred.size]).toEqual(["cancelled", 0]);
  });
});

describe("passes on a tree", () => {
  test("a pass is kept by command, directory and tree; nothing else is", () => {
    const checks = [
      { command: "npm test" },
      { command: "npm test", workingDirectory: "sub" },
      { command: "cat $BATON_DELIVERED" },
      { file: "a" },
    ];
    const desk = play([["a", { verify: checks }]], { before: "by hand" });
    desk.takeBaseline("a", {
      tree: "t0",
      checks: [
        { check: "npm test", outcome: "passed" },
        { check: "npm test", workingDirectory: "sub", outcome: "failed" },
        { check: "cat $BATON_DELIVERED", outcome: "passed" },
        { check: "file a", outcome: "passed" },
        { check: "lint", outcome: "unknown" },
      ],
    });
    expect([...passesOn(desk.state, "t0")]).toEqual([".\nnpm test"]);
    expect([...passesOn(desk.state, "t1"), ...passesOn(desk.state, undefined)]).toEqual([]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.takeTree("a", changed(["x"]));
    desk.end("a", {
      outcome: "completed",
      checks: [
        { check: "npm test", outcome: "passed", reused: true },
        { check: "npm test", workingDirectory: "sub", outcome: "passed" },
      ],
    });
    expect([...passesOn(desk.state, "after x")]).toEqual(["sub\nnpm test"]);
    expect(desk.step("a")).toMatchObject({ evidence: "verified" });
  });

  test("a run remembers its latest passes", () => {
    const steps = ["a", "b", "c"].map((id) => agentStep(id, { verify }));
    const desk = new Desk(steps, [], { before: "by hand" });
    const passes = (of: string) =>
      Array.from({ length: 90 }, (_, n) => ({ check: `${of}${n}`, outcome: "passed" as const }));
    for (const id of ["a", "b", "c"]) desk.takeBaseline(id, { tree: "t", checks: passes(id) });
    const kept = passesOn(desk.state, "t");
    expect([kept.size, kept.has(".\na69"), kept.has(".\na70"), kept.has(".\nc89")]).toEqual([200, false, true, true]);
  });
});

describe("a plan that is delivered", () => {
  const plan = {
    ...{ goal: "g", summary: "s", scope: { in: [], out: [] } },
    steps: [{ id: "one", title: "One", work: "w", verify: ["true"] }],
  };
  const objections = ['step "one" of the plan would prove nothing: all of its checks pass already (true)'];

  test("what its checks say against it sends it back once, and is a note then", () => {
    const desk = new Desk([agentStep("p", { output: { $id: "baton:plan" } })], [], { trials: "by hand" });
    const [assignment] = desk.accept({ worker: "ann" });
    desk.ask({ action: "complete", assignment: assignment!, output: plan });
    expect(desk.told().slice(-1)).toEqual(["verification_started p"]);
    desk.end("p", { outcome: "completed", objections });
    expect(desk.step("p")).toMatchObject({ status: "assigned", failures: 0 });
    expect(desk.step("p").error!.message).toContain('step "one" of the plan would prove nothing');
    desk.ask({ action: "complete", assignment: assignment!, output: plan });
    desk.end("p", { outcome: "completed", objections });
    expect(desk.step("p")).toMatchObject({ status: "completed", evidence: "reported", note: objections[0] });
  });

  test("a plan that nothing speaks against is done", () => {
    const desk = new Desk([agentStep("p", { output: { $id: "baton:plan" } })], [], { trials: "by hand" });
    desk.ask({ action: "complete", assignment: desk.accept()[0]!, output: plan });
    desk.end("p", { outcome: "completed", objections: [] });
    expect(desk.step("p")).toMatchObject({ status: "completed", evidence: "reported" });
  });
});
