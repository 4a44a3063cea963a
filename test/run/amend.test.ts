import { describe, expect, test } from "vitest";
import { notesFor } from "../../src/run/worker/notes.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const schema = { type: "object", required: ["n"] };
const edges = [{ from: "a", to: "b" }];
/** `a` is delivered; `b` reads it. */
function delivered(config: object = {}, reader = agentStep("b", { prompt: "n is {{steps.a.output.n}}" })) {
  const desk = new Desk([agentStep("a", { output: schema, ...config }), reader, agentStep("z")], edges);
  const [token] = desk.accept({ stepId: "a", worker: "ann" });
  desk.ask({ action: "complete", assignment: token!, output: { n: 1 }, notes: [{ text: "first" }] });
  return { desk, token: token! };
}
const amend = (desk: Desk, assignment: string, output: { n: number } | string = { n: 2 }) =>
  desk.ask({ action: "amend", assignment, output });
const texts = (desk: Desk) => notesFor(desk.plan, desk.state, "b").map(({ text }) => text);
const checked = { verify: [{ command: "x" }] };

describe("amending a delivery", () => {
  test("replaces the output; a reader that is ready but not started sees the new one", () => {
    const { desk, token } = delivered();
    expect(desk.statuses).toEqual(["completed", "ready", "ready"]);
    expect(amend(desk, token)).toEqual(["delivery_amended a"]);
    expect(desk.step("a")).toMatchObject({ status: "completed", output: { n: 2 }, evidence: "reported" });
    expect(desk.view().ready.find(({ stepId }) => stepId === "b")).toMatchObject({ summary: "n is 2" });
    expect(amend(desk, token)).toEqual(["delivery_repeated a"]);
  });

  test("is checked like a delivery", () => {
    const { desk, token } = delivered();
    expect(amend(desk, token, "words")).toMatchObject({ reason: "output_invalid" });
    expect(desk.step("a").output).toEqual({ n: 1 });
  });

  test("replaces the notes that came with the delivery, and no others", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")], edges);
    const [token] = desk.accept();
    desk.ask({ action: "note", assignment: token!, notes: [{ text: "on the way" }] });
    desk.ask({ action: "complete", assignment: token!, notes: [{ text: "wrong" }] });
    expect(desk.ask({ action: "amend", assignment: token!, notes: [{ text: "right" }] })).toEqual([
      "notes_left a",
      "delivery_amended a",
    ]);
    expect(texts(desk)).toEqual(["on the way", "right"]);
    expect(desk.step("a").status).toBe("completed");
  });

  test("ends once a reader has started or was decided by it", () => {
    const { desk, token } = delivered();
    desk.accept({ stepId: "b" });
    expect(amend(desk, token)).toEqual({
      reason: "assignment_over",
      message:
        'the delivery of step "a" cannot be amended: step "b" has started with it. A restart of the step does it anew',
    });
    const skipping = delivered({}, agentStep("b", {}, { condition: "steps.a.output.n > 1" }));
    expect(skipping.desk.statuses[1]).toBe("skipped");
    expect(amend(skipping.desk, skipping.token)).toMatchObject({
      message: expect.stringContaining('step "b" is skipped, which was decided by it'),
    });
  });

  test("decides the condition of a ready reader again", () => {
    const { desk, token } = delivered({}, agentStep("b", {}, { condition: "steps.a.output.n < 2" }));
    expect(desk.statuses[1]).toBe("ready");
    amend(desk, token);
    expect(desk.statuses[1]).toBe("skipped");
  });

  test("ends with the run, and with a failed step; a held step completes with what was amended", () => {
    const alone = new Desk([agentStep("a")]);
    const [last] = alone.accept();
    alone.ask({ action: "complete", assignment: last! });
    expect(alone.ask({ action: "amend", assignment: last!, output: 1 })).toMatchObject({
      message: expect.stringContaining("the run is completed"),
    });

    const failing = new Desk([agentStep("a"), agentStep("z")]);
    const [token] = failing.accept({ stepId: "a" });
    failing.ask({ action: "fail", assignment: token!, reason: "no" });
    expect(failing.ask({ action: "amend", assignment: token!, output: 1 })).toMatchObject({
      message: expect.stringContaining("the step is failed"),
    });

    const steps = [agentStep("a"), { id: "x" }];
    const holding = new Desk(steps, [{ from: "x", to: "a", type: "finish_to_finish" }]);
    const [held] = holding.accept();
    holding.ask({ action: "complete", assignment: held!, output: 1 });
    expect(holding.ask({ action: "amend", assignment: held!, output: 2 })).toEqual(["delivery_amended a"]);
    holding.end("x");
    expect(holding.step("a")).toMatchObject({ status: "completed", output: 2 });
  });

  test("a step that its worker still has is completed, not amended; a former worker amends nothing", () => {
    const desk = new Desk([agentStep("a")]);
    const [token] = desk.accept();
    expect(desk.ask({ action: "amend", assignment: token!, output: 1 })).toMatchObject({
      reason: "not_ready",
      message: expect.stringContaining("complete delivers it"),
    });
    desk.ask({ action: "release", assignment: token! });
    expect(desk.ask({ action: "amend", assignment: token!, output: 1 })).toMatchObject({ reason: "assignment_lost" });
  });

  test("is refused while the run is being cancelled", () => {
    const desk = new Desk([agentStep("a"), agentStep("b"), { id: "x" }], edges);
    const [token] = desk.accept({ stepId: "a" });
    desk.ask({ action: "complete", assignment: token!, output: 1 });
    desk.ask({ action: "cancel" });
    expect(desk.ask({ action: "amend", assignment: token!, output: 2 })).toMatchObject({
      message: expect.stringContaining("the run is being cancelled"),
    });
  });
});

describe("amending a delivery that Baton checks", () => {
  test("while the checks run: they start again, and the old ones count for nothing", () => {
    const { desk, token } = delivered(checked);
    expect(desk.step("a")).toMatchObject({ status: "reported", verifying: true });
    expect(amend(desk, token)).toEqual(["delivery_amended a", "verification_started a"]);
    desk.end("a");
    expect(desk.step("a")).toMatchObject({ status: "completed", output: { n: 2 }, evidence: "verified" });
    expect(desk.state.log.map(({ status }) => status)).toEqual(["completed"]);
  });

  test("after the checks: the step is checked again, and its readers wait for that", () => {
    const { desk, token } = delivered(checked);
    desk.end("a");
    expect(desk.statuses).toEqual(["completed", "ready", "ready"]);
    expect(desk.state.unsettled).toBe(2);
    expect(amend(desk, token)).toEqual(["delivery_amended a", "verification_started a"]);
    expect(desk.statuses).toEqual(["reported", "pending", "ready"]);
    expect(desk.step("a").evidence).toBeUndefined();
    expect([...desk.state.offered]).toEqual([2]);
    expect(desk.state.unsettled).toBe(3);
    desk.reopen();
    desk.end("a");
    expect(desk.statuses).toEqual(["completed", "ready", "ready"]);
    expect(desk.state.log).toHaveLength(1);
  });

  test("checks that fail now give the step back to its worker, or fail it", () => {
    const { desk, token } = delivered(checked);
    desk.end("a");
    amend(desk, token);
    desk.end("a", { outcome: "failed", reason: "verification_failed", message: "no" });
    expect(desk.statuses).toEqual(["failed", "skipped", "ready"]);
  });

  test("an amendment of the notes alone runs no checks", () => {
    const { desk, token } = delivered(checked);
    desk.end("a");
    desk.ask({ action: "amend", assignment: token, notes: [{ text: "second" }] });
    expect(desk.statuses).toEqual(["completed", "ready", "ready"]);
    expect(texts(desk)).toEqual(["second"]);
  });
});
