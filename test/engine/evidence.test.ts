import { expect, test } from "vitest";
import type { EngineOptions } from "../../src/engine/local-engine.ts";
import { assignmentIdFrom } from "../../src/model/ids.ts";
import { type Rig, rigEngine, workflowOf } from "../rig/engine.ts";
import { settled } from "../rig/scheduler.ts";

type Taken = Awaited<ReturnType<EngineOptions["takeTree"]>>;
type Request = Parameters<EngineOptions["takeTree"]>[1];

const verify = [{ command: "npm test" }];
const step = (id: string, config: object = {}) => ({ id, type: "agent", config: { agent: "ag", ...config } });

/** An engine whose work trees a test takes by hand. */
function engineWithTrees(given: Parameters<typeof rigEngine>[0] = {}) {
  const asked: { request: Request; give: (taken: Taken) => Promise<void> }[] = [];
  const rig = rigEngine({
    ...given,
    takeTree: (_cwd, request) =>
      new Promise((resolve) => {
        const give = (taken: Taken) => {
          resolve(taken);
          return settled();
        };
        asked.push({ request, give });
      }),
  });
  return { ...rig, asked };
}

const tree = (name: string, changed: [string, string[]][] = []): Taken => ({
  ...{ tree: name, top: "/", missing: [], unseen: [] },
  changed: new Map(changed.map(([since, files]) => [since, { files, insertions: 1, deletions: 0 }])),
});
let serial = 0;
async function accept({ engine }: Rig, id: string, rest: object = {}): Promise<string> {
  const token = assignmentIdFrom(
    id,
    Uint8Array.from({ length: 12 }, () => serial++),
  );
  const message = { id: `accept-${serial}`, action: "accept" as const, tokens: [token], ...rest };
  expect(await engine.send(id, message, true)).toMatchObject({ ok: true });
  return token;
}
const stateOf = async ({ engine }: Rig, id: string) => (await engine.observe(id))!.state;

test("the checks before the work end with the time that a lease waits, and are unknown then", async () => {
  const rig = rigEngine();
  const id = await rig.start(workflowOf([step("a", { verify })]));
  await settled();
  expect(rig.stage.jobs).toMatchObject([{ stepId: "a", attempt: 0, config: { command: "npm test" } }]);
  expect(rig.stage.jobs[0]!.files.stdout).toMatch(/\.before$/);
  await rig.scheduler.pass(9_999);
  expect((await stateOf(rig, id)).baselining.size).toBe(1);
  await rig.scheduler.pass(1);
  expect((await stateOf(rig, id)).steps[0]!.baseline).toEqual({
    checks: [{ check: "npm test", outcome: "unknown", message: "it had not ended after 10000 ms" }],
  });
  // It was killed, and its end is nobody's business any more.
  expect(() => rig.stage.end("a.0")).toThrow("not being performed");
});

test("a worker that waits no longer ends them; so do a cancel, and an exit of the owner", async () => {
  const rig = rigEngine();
  const id = await rig.start(workflowOf([step("a", { verify })]));
  await settled();
  await accept(rig, id, { withoutBaseline: true });
  expect(() => rig.stage.end("a.0")).toThrow("not being performed");
  const other = await rig.start(workflowOf([step("b", { verify })]));
  await settled();
  await rig.engine.send(other, { id: "cancel", action: "cancel" }, true);
  expect(() => rig.stage.end("b.0")).toThrow("not being performed");
  expect((await stateOf(rig, other)).status).toBe("cancelled");
  const last = await rig.start(workflowOf([step("c", { verify })]));
  await settled();
  rig.engine.abandonAll();
  expect(() => rig.stage.end("c.0")).toThrow("not being performed");
  expect(rig.types(last).slice(-2)).toEqual(["baseline_started c", "owner_left"]);

  const next = rigEngine({ store: rig.store, scheduler: rig.scheduler });
  await next.engine.adopt(last);
  await settled();
  next.stage.fail("c.0");
  await settled();
  expect(next.types(last).slice(-3)).toEqual(["lease_taken", "baseline_started c", "baseline_taken c"]);
});

test("a pass on a tree is reused by the next step and at the delivery, a failure never", async () => {
  const rig = engineWithTrees();
  const steps = [step("a", { verify }), step("b", { verify })];
  const id = await rig.start(workflowOf(steps, [{ from: "a", to: "b" }]), { code: true });
  await settled();
  await rig.asked[0]!.give(tree("t0"));
  rig.stage.fail("a.0");
  await settled();
  const token = await accept(rig, id);
  await rig.asked[1]!.give(tree("t0"));
  await rig.engine.send(id, { id: "done", action: "complete", assignment: token }, true);
  expect(rig.asked[2]!.request).toEqual({ since: ["t0"], paths: [] });
  await rig.asked[2]!.give(tree("t1", [["t0", ["x"]]]));
  // The failure before the work is no verdict, although only the tree could tell the difference.
  rig.stage.end("a.1");
  await settled();
  expect((await stateOf(rig, id)).steps[0]).toMatchObject({ evidence: "verified", changes: { files: ["x"] } });
  await rig.asked[3]!.give(tree("t1"));
  expect((await stateOf(rig, id)).steps[1]!.baseline).toEqual({
    tree: "t1",
    checks: [{ check: "npm test", outcome: "passed", reused: true }],
  });
  const second = await accept(rig, id);
  await rig.asked[4]!.give(tree("t1"));
  await rig.engine.send(id, { id: "same", action: "complete", assignment: second }, true);
  await rig.asked[5]!.give(tree("t1", [["t1", []]]));
  await settled();
  expect(rig.stage.started).toEqual(["a.0", "a.1"]);
  expect((await stateOf(rig, id)).steps[1]).toMatchObject({ evidence: "checked", checks: [{ reused: true }] });
});

test("steps that ask for the work tree at once share one look at it", async () => {
  const rig = engineWithTrees();
  const id = await rig.start(workflowOf([step("a"), step("b"), step("c")]), { code: true });
  await accept(rig, id, { stepId: "a" });
  await accept(rig, id, { stepId: "b" });
  const token = await accept(rig, id, { stepId: "c" });
  expect(rig.asked).toHaveLength(1);
  await rig.asked[0]!.give(tree("t0"));
  await rig.asked[1]!.give(tree("t1"));
  expect((await stateOf(rig, id)).steps.map(({ treeAccepted }) => treeAccepted)).toEqual(["t0", "t1", "t1"]);
  const output = { filesChanged: ["nowhere"] };
  await rig.engine.send(id, { id: "lie", action: "complete", assignment: token, output }, true);
  expect(rig.asked[2]!.request).toEqual({ since: ["t1"], paths: ["nowhere"] });
  await rig.asked[2]!.give(undefined);
  expect((await stateOf(rig, id)).steps[2]).toMatchObject({ status: "completed", evidence: "reported" });
});

test("steps of two runs in the same work tree share it", async () => {
  const rig = engineWithTrees();
  const here = await rig.start(workflowOf([step("a")]), { code: true, cwd: "/p/app" });
  const beside = await rig.start(workflowOf([step("b")]), { code: true, cwd: "/p/app/src" });
  const token = await accept(rig, here);
  await rig.asked[0]!.give({ ...tree("t0")!, top: "/p" });
  await accept(rig, beside);
  await rig.asked[1]!.give({ ...tree("t0")!, top: "/p" });
  await rig.engine.send(here, { id: "d", action: "complete", assignment: token, output: null }, true);
  await rig.asked[2]!.give({ ...tree("t1", [["t0", ["x"]]])!, top: "/p" });
  expect((await stateOf(rig, here)).steps[0]!.changes).toMatchObject({ shared: true });
});

test("a step of a run elsewhere shares nothing; a tree that comes too late is nobody's", async () => {
  const rig = engineWithTrees();
  const here = await rig.start(workflowOf([step("a")]), { code: true, cwd: "/p/app" });
  const there = await rig.start(workflowOf([step("b")]), { code: true, cwd: "/elsewhere" });
  const token = await accept(rig, here);
  await rig.asked[0]!.give({ ...tree("t0")!, top: "/p" });
  await accept(rig, there);
  const deliver = async (id: string, assignment: string, at: number) => {
    await rig.engine.send(here, { id, action: "complete", assignment, output: null }, true);
    await rig.asked[at]!.give({ ...tree("t1", [["t0", ["x"]]])!, top: "/p" });
    return (await stateOf(rig, here)).steps[0]!;
  };
  expect((await deliver("d1", token, 2)).changes).toMatchObject({ shared: false });
  await rig.asked[1]!.give(tree("t0"));

  const again = await rig.start(workflowOf([step("a"), step("b")]), { code: true, cwd: "/p" });
  await accept(rig, again, { stepId: "a" });
  const released = (await stateOf(rig, again)).steps[0]!.lease!.token;
  await rig.engine.send(again, { id: "release", action: "release", assignment: released }, true);
  await rig.asked.at(-1)!.give(tree("late"));
  expect((await stateOf(rig, again)).steps[0]).not.toHaveProperty("treeAccepted");
});
