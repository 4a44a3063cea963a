import { describe, expect, test } from "vitest";
import { attemptOf, viewAttempt } from "../../src/run/view/attempts.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const of = (desk: Desk, id: string, attempt: number) =>
  attemptOf(desk.plan, desk.state, desk.plan.indexOf.get(id)!, attempt);

describe("an attempt tells how it went itself", () => {
  test("an earlier attempt keeps its status when the step has another one", () => {
    const desk = new Desk([{ id: "a", retry: { retries: 1, delay: 0 } }]);
    desk.fail("a");
    desk.pass(1);
    expect(of(desk, "a", 1)).toMatchObject({ status: "failed", attempt: 1, duration: 0 });
    expect(of(desk, "a", 2)).toMatchObject({ status: "running", attempt: 2 });
    expect(of(desk, "a", 2)).not.toHaveProperty("endTime");
    desk.end("a");
    expect(of(desk, "a", 2)).toMatchObject({ status: "completed", exitCode: 0 });
    expect(of(desk, "a", 3)).toBeUndefined();
  });

  test("the latest attempt that failed tells why, as its step does", () => {
    const desk = new Desk([{ id: "a" }]);
    desk.fail("a");
    expect(of(desk, "a", 1)).toMatchObject({
      status: "failed",
      reason: "exit_code",
      message: "exit code 1",
      exitCode: 1,
    });
  });

  test("an attempt that was given back is released, and by whom another one is done", () => {
    const desk = new Desk([agentStep("a")]);
    const [first] = desk.accept({ worker: "ann" });
    desk.ask({ action: "release", assignment: first! });
    expect(of(desk, "a", 1)).toMatchObject({ status: "released" });
    desk.accept({ worker: "bob" });
    expect(of(desk, "a", 1)).toMatchObject({ status: "released" });
    expect(of(desk, "a", 2)).toMatchObject({ status: "assigned", agent: "ag", worker: "bob" });
    const other = new Desk([agentStep("a")]);
    other.accept();
    expect(of(other, "a", 1)).not.toHaveProperty("worker");
  });

  test("a step that never started has no times", () => {
    const desk = new Desk([{ id: "a" }, { id: "b", condition: "on_failure(a)" }]);
    expect(of(desk, "b", 0)).toEqual({ step: "b", type: "command", attempt: 0, status: "pending" });
  });
});

test("a line of the log shows whatever was recorded of the attempt, and nothing else", () => {
  const { plan } = new Desk([{ id: "a" }]);
  const bare = { index: 0, attempt: 1, status: "skipped", endedAt: 5 } as const;
  expect(viewAttempt(plan, bare)).toEqual({
    ...{ step: "a", type: "command", attempt: 1, status: "skipped", endTime: "1970-01-01T00:00:00.005Z" },
  });
  const changes = { files: ["x"], insertions: 1, deletions: 0, shared: false };
  const told = { agent: "ag", worker: "ann", reason: "released", message: "lunch", said: ["half"], changes } as const;
  expect(viewAttempt(plan, { ...bare, startedAt: 2, ...told })).toMatchObject({ duration: 3, ...told });
});
