import { describe, expect, test } from "vitest";
import { inFlight, underWay } from "../../src/run/recovery.ts";
import { evidenceOf } from "../../src/run/state/verdict.ts";
import { agentStep, Desk, growing, growStep } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const checked = (id: string, verify: object[] = [{ command: "npm test" }], rest = {}) =>
  agentStep(id, { verify }, rest);
const byHand = { before: "by hand" } as const;

describe("the checks of a step before its work", () => {
  test("they run when the step becomes ready; it is listed meanwhile, and a lease waits", () => {
    const desk = new Desk([checked("a"), agentStep("b")], [], byHand);
    expect(desk.told()).toEqual(["baseline_started a"]);
    expect(desk.view().ready.map(({ stepId }) => stepId)).toEqual(["a", "b"]);
    expect(desk.ask({ action: "accept", tokens: [desk.token()], stepId: "a" })).toMatchObject({
      reason: "not_ready",
      message: expect.stringContaining("until its checks have run once before the work"),
    });
    // A step without checks waits for nothing.
    expect(desk.accept({}, 2)).toHaveLength(1);
    desk.takeBaseline("a", "failed");
    expect(desk.step("a").baseline).toEqual({ checks: [{ check: "npm test", outcome: "failed" }] });
    expect(desk.accept()).toHaveLength(1);
  });

  test("red before and green after is verified; green before is checked, and so is an unknown baseline", () => {
    for (const [before, evidence] of [
      ["failed", "verified"],
      ["passed", "checked"],
      ["unknown", "checked"],
    ] as const) {
      const desk = new Desk([checked("a")], [], { before });
      desk.ask({ action: "complete", assignment: desk.accept()[0]! });
      desk.end("a");
      expect(desk.step("a")).toMatchObject({ status: "completed", evidence, checks: [{ before, outcome: "passed" }] });
      expect(desk.view().steps[0]).toMatchObject({ evidence, checks: [{ check: "npm test", before }] });
    }
  });

  test("a worker who has waited long enough gets the step; its checks then prove nothing, for later workers neither", () => {
    const desk = new Desk([checked("a")], [], byHand);
    const [first] = desk.accept({ withoutBaseline: true });
    expect(desk.state.baselining.size).toBe(0);
    desk.takeBaseline("a", "failed");
    expect(desk.step("a").baseline).toEqual({ checks: [] });
    desk.ask({ action: "release", assignment: first! });
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.end("a");
    expect(desk.told().filter((one) => one.startsWith("baseline"))).toEqual(["baseline_started a"]);
    expect(desk.step("a")).toMatchObject({ evidence: "checked" });
  });

  test("retries and later workers keep the baseline; a restart takes it again", () => {
    const desk = new Desk([checked("a", undefined, { retry: { retries: 2, delay: 0 } })]);
    const [first] = desk.accept({ worker: "ann" });
    desk.ask({ action: "complete", assignment: first! });
    desk.fail("a");
    desk.ask({ action: "release", assignment: first! });
    desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no" });
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    const taken = () => desk.told().filter((one) => one === "baseline_taken a").length;
    expect(taken()).toBe(1);
    desk.end("a");
    expect(desk.step("a").evidence).toBe("verified");
    desk.ask({ action: "restart" });
    expect(taken()).toBe(2);
  });

  test("there are as many at once as Baton may perform steps, in the order of the definition", () => {
    const steps = ["a", "b", "c"].map((id) => checked(id));
    const desk = new Desk(steps, [], { ...byHand, created: { maxParallel: 2 } });
    expect(desk.told()).toEqual(["baseline_started a", "baseline_started b"]);
    desk.takeBaseline("b", "passed");
    expect(desk.told()).toEqual(["baseline_started a", "baseline_started b", "baseline_taken b", "baseline_started c"]);
  });

  test("a paused run takes none, and a cancelled one needs none", () => {
    const desk = new Desk([{ id: "x" }, checked("a")], edges("x → a"), byHand);
    desk.ask({ action: "pause" });
    desk.end("x");
    expect(desk.told()).not.toContain("baseline_started a");
    desk.ask({ action: "resume" });
    expect(desk.told()).toContain("baseline_started a");
    desk.ask({ action: "cancel" });
    expect(desk.state.status).toBe("cancelled");
    expect(desk.state.baselining.size).toBe(0);
  });

  test("steps without checks, and commands in place of workers, have none", () => {
    const none = [{ commands: "{{parameters.none}}" }];
    const failing = { fallback: [{ command: "true" }], verify: [{ command: "npm test" }] };
    const desk = new Desk([checked("a", none), agentStep("b", failing)], [], { parameters: { none: [] } });
    expect(desk.told()).toEqual(["baseline_started b", "baseline_taken b"]);
    expect(desk.accept({ stepId: "a" })).toHaveLength(1);
    desk.ask({ action: "fail", assignment: desk.accept({ stepId: "b" })[0]!, reason: "no" });
    expect(desk.told().filter((one) => one.startsWith("baseline"))).toHaveLength(2);
    expect(desk.step("b").status).toBe("running");
  });

  test("a new owner runs them again; after three owners they count as unknown", () => {
    const desk = new Desk([checked("a")], [], byHand);
    for (const tries of [2, 3]) {
      expect([inFlight(desk.state), underWay(desk.state)]).toEqual([[], [0]]);
      desk.reopen();
      desk.takeOver();
      expect(desk.step("a").baselining).toBe(tries);
    }
    desk.takeOver();
    expect(desk.step("a").baseline).toEqual({ checks: [] });
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.end("a");
    expect(desk.step("a").evidence).toBe("checked");
  });

  test("a new owner begins again what ran, in the order of the definition", () => {
    const desk = new Desk([checked("a"), checked("b"), { id: "x" }], [], byHand);
    const since = desk.journal.length;
    desk.takeOver();
    expect(desk.told(since).filter((one) => one.startsWith("baseline"))).toEqual([
      "baseline_started a",
      "baseline_started b",
    ]);
  });

  test("a restore ends what runs, and it is begun again", () => {
    const desk = new Desk([checked("a")], [], byHand);
    desk.ask({ action: "checkpoint" });
    desk.ask({ action: "restore", checkpoint: desk.state.checkpoints[0]!.id });
    expect(desk.state.baselining.size).toBe(0);
    desk.ask({ action: "resume" });
    expect([...desk.state.baselining]).toEqual([0]);
  });
});

test("equal commands in one directory are one check", () => {
  const verify = [
    ...["npm test", " npm test"].map((command) => ({ command })),
    { commands: "{{parameters.checks}}" },
    { command: "npm test", workingDirectory: "sub/" },
    { command: "npm test", workingDirectory: "./sub" },
    { file: "a", contains: "x" },
    { file: "a", contains: "y" },
    { file: "a", exists: false },
    { file: "a", matches: "z" },
  ];
  const desk = new Desk([checked("a", verify)], [], { parameters: { checks: ["npm test", "npm run lint"] } });
  expect(desk.step("a").baseline!.checks.map(({ check, workingDirectory }) => [check, workingDirectory])).toEqual([
    ["npm test", undefined],
    [" npm test", undefined],
    ["npm run lint", undefined],
    ["npm test", "sub"],
    ["npm test", "./sub"],
    ['file a contains "x"', undefined],
    ['file a contains "y"', undefined],
    ["file a does not exist", undefined],
    ["file a matches /z/", undefined],
  ]);
});

test("verified in a journal without a baseline is shown as checked", () => {
  const desk = new Desk([checked("a"), agentStep("b")], [], byHand);
  desk.accept({ withoutBaseline: true, stepId: "a" });
  desk.fold({ type: "step_reported", step: "a", attempt: 1 });
  desk.fold({ type: "step_completed", step: "a", attempt: 1, evidence: "verified" });
  const copied = { type: "step_copied", step: "b", attempt: 1, status: "completed", evidence: "verified" } as const;
  desk.fold({ ...copied, assignment: desk.token(), agent: "ag" });
  expect([desk.step("a").evidence, desk.step("b").evidence]).toEqual(["checked", "checked"]);
});

test("a step that grew into others is worth as much as the weakest of those that are completed", () => {
  const desk = new Desk([growStep("g")]);
  desk.end("g", growing("g", [checked("a"), agentStep("b"), { id: "c" }]));
  const worth = () => evidenceOf(desk.plan, desk.state, 0);
  expect(worth()).toBe("observed");
  desk.ask({ action: "complete", assignment: desk.accept({ stepId: "a" })[0]! });
  desk.end("a");
  expect(worth()).toBe("verified");
  desk.ask({ action: "complete", assignment: desk.accept({ stepId: "b" })[0]! });
  expect(worth()).toBe("reported");
  expect(desk.view().steps[0]).toMatchObject({ id: "g", evidence: "reported" });
  expect(evidenceOf(desk.plan, desk.state, 1)).toBe("verified");
});
