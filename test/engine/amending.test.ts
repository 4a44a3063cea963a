import { expect, test } from "vitest";
import type { Message, Request } from "../../src/model/message.ts";
import { rigEngine, workflowOf } from "../rig/engine.ts";

const agent = (id: string, config: object = {}) => ({ id, type: "agent", config: { agent: "ag", ...config } });

/** A run with a held step, and a function that sends something about it. */
async function held(config: object = {}) {
  const rig = rigEngine();
  const id = await rig.start(workflowOf([agent("a", config), agent("z")]));
  if (rig.stage.started.includes("a.0")) rig.stage.end("a.0");
  const assignment = `as_${id.slice(3)}000000000000`;
  let serial = 0;
  const send = (request: Request) => rig.engine.send(id, { id: `m${serial++}`, ...request } as Message, true);
  await send({ action: "accept", tokens: [assignment], stepId: "a" });
  return { ...rig, id, assignment, send, step: async () => (await rig.engine.observe(id))!.state.steps[0]! };
}

test("a delivery that Baton refuses is a sign of life of its worker, at most once a minute", async () => {
  const { scheduler, send, assignment, step, types, id } = await held({ output: { type: "object" } });
  const wrong = () => send({ action: "complete", assignment, output: "words" });
  expect(await wrong()).toMatchObject({ error: { reason: "output_invalid" } });
  expect(types(id).at(-1)).toBe("step_assigned a");
  await scheduler.pass(60_000);
  expect(await wrong()).toMatchObject({ error: { reason: "output_invalid" } });
  expect(types(id).at(-1)).toBe("step_progressed a");
  expect((await step()).lease).toMatchObject({
    lastSeen: scheduler.now(),
    expiresAt: scheduler.now() + 1_800_000,
  });
});

test("an amendment abandons the checks of what it replaces and starts new ones", async () => {
  const { stage, send, assignment, step, types, id } = await held({ verify: [{ command: "x" }] });
  await send({ action: "complete", assignment, output: 1 });
  expect(stage.started).toEqual(["a.0", "a.1"]);
  await send({ action: "amend", assignment, output: 2 });
  expect(stage.started).toEqual(["a.0", "a.1", "a.1"]);
  expect(await step()).toMatchObject({ status: "reported", output: 2 });
  stage.end("a.1");
  expect(await step()).toMatchObject({ status: "completed", output: 2 });
  expect(types(id).filter((type) => type.startsWith("verification"))).toEqual([
    "verification_started a",
    "verification_started a",
  ]);
});
