import { describe, expect, test } from "vitest";
import { ownedDuration } from "../../src/run/features/owned-time.ts";
import { agentStep, Desk, growing, growStep } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const owned = ({ state, now }: Desk) => ownedDuration(state, now);
const wall = (desk: Desk) => desk.view().metrics.wallDuration;

describe("the time of a run is the time in which somebody owned it", () => {
  test("a night without an owner is no part of it", () => {
    const desk = new Desk([{ id: "a" }, { id: "b" }], edges("a → b"));
    desk.now += 100;
    desk.end("a");
    desk.commit([{ type: "owner_left" }]);
    desk.now += 9_000;
    expect(owned(desk)).toBe(100);
    desk.fold({ type: "lease_taken", pid: 1, lastBeat: desk.now - 9_000 } as never);
    desk.now += 50;
    expect(owned(desk)).toBe(150);
    desk.end("b");
    desk.now += 1_000;
    expect(desk.state.status).toBe("completed");
    expect(wall(desk)).toBe(150);
  });

  test("an owner that died left at its last heartbeat", () => {
    const desk = new Desk([{ id: "a" }]);
    const start = desk.now;
    desk.now += 500;
    desk.fold({ type: "lease_taken", pid: 1, lastBeat: start + 200 } as never);
    expect(owned(desk)).toBe(200);
    desk.now += 10;
    desk.fold({ type: "lease_taken", pid: 1 } as never);
    expect(owned(desk)).toBe(210);
  });

  test("what happens after the end counts no more, until a restart begins anew or a restore goes on", () => {
    const desk = new Desk([agentStep("a"), { id: "b" }], edges("a → b"));
    desk.now += 30;
    const [token] = desk.accept();
    desk.ask({ action: "complete", assignment: token! });
    desk.now += 40;
    desk.end("b");
    const { checkpoints } = desk.state;
    desk.commit([{ type: "owner_left" }]);
    desk.now += 1_000;
    desk.fold({ type: "lease_taken", pid: 1, lastBeat: 0 } as never);
    expect(wall(desk)).toBe(70);
    desk.ask({ action: "restore", checkpoint: checkpoints[0]!.id });
    desk.now += 5;
    expect(wall(desk)).toBe(75);
    desk.ask({ action: "restart" });
    desk.now += 7;
    expect(wall(desk)).toBe(7);
    desk.reopen();
    expect(wall(desk)).toBe(7);
  });

  test("a clock that was set forward adds nothing", () => {
    const desk = new Desk([{ id: "a" }]);
    desk.now += 3_600_010;
    desk.fold({ type: "clock_jumped", by: 3_600_000 });
    expect(owned(desk)).toBe(10);
  });
});

describe("parallelEfficiency", () => {
  test("is of the slots that the graph could use, not of all there are", () => {
    const chain = new Desk([{ id: "a" }, { id: "b" }], edges("a → b"), { created: { maxParallel: 8 } });
    chain.now += 100;
    chain.end("a");
    chain.now += 100;
    chain.end("b");
    expect(chain.view().metrics.parallelEfficiency).toBe(1);
    const wide = new Desk([{ id: "a" }, { id: "b" }], [], { created: { maxParallel: 8 } });
    wide.now += 50;
    wide.end("a");
    wide.now += 50;
    wide.end("b");
    expect(wide.view().metrics.parallelEfficiency).toBe(0.75);
  });

  test("is absent of a run with agents, and of one that took no time", () => {
    const desk = new Desk([agentStep("a"), { id: "b" }]);
    desk.now += 10;
    desk.end("b");
    expect(desk.view().metrics).not.toHaveProperty("parallelEfficiency");
    expect(new Desk([{ id: "a" }]).view().metrics).not.toHaveProperty("parallelEfficiency");
  });
});

describe("progress", () => {
  test("completed is what is done, settled what is over", () => {
    const desk = new Desk([{ id: "a" }, { id: "b" }, { id: "c" }], edges("a → b"));
    desk.end("a");
    desk.ask({ action: "cancel" });
    for (const id of ["b", "c"]) if (desk.step(id).status === "running") desk.end(id, undefined, "cancel");
    expect(desk.state.status).toBe("cancelled");
    expect(desk.view().progress).toEqual({ completed: 1, settled: 3, total: 3, percentage: 33 });
  });

  test("an expansion is no work; one that failed is a failure", () => {
    const desk = new Desk([growStep("build"), { id: "last" }], edges("build → last"));
    expect(desk.view().progress).toEqual({ completed: 0, settled: 0, total: 1, percentage: 0 });
    desk.end("build", growing("build", [{ id: "x" }]));
    expect(desk.view()).toMatchObject({
      progress: { completed: 0, settled: 0, total: 2, percentage: 0 },
      metrics: { totalSteps: 2, completedSteps: 0 },
    });
    const broken = new Desk([growStep("build")]);
    expect(broken.view().progress).toEqual({ completed: 0, settled: 0, total: 0, percentage: 0 });
    broken.fail("build");
    expect(broken.view()).toMatchObject({ progress: { settled: 1, total: 1 }, metrics: { failedSteps: 1 } });
  });
});
