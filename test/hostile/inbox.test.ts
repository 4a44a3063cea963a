import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedSession } from "../rig/session.ts";

const serve = sharedSession();

const name = (id: string, at = 1) => `${String(at).padStart(15, "0")}-${id}.json`;

/** Each puts an entry into a run's inbox that Baton would not write. */
const FAULTS: Readonly<Record<string, (inbox: string) => void>> = {
  "no JSON": (inbox) => writeFileSync(join(inbox, name("garbage")), "\0\xff{{{"),
  "an empty file": (inbox) => writeFileSync(join(inbox, name("empty")), ""),
  "JSON that is no message": (inbox) => writeFileSync(join(inbox, name("other")), '{"id": "x", "action": "__proto__"}'),
  "a message of a later format": (inbox) =>
    writeFileSync(join(inbox, name("newer")), '{"id": "newer", "action": "levitate", "format": 99}'),
  "a huge file": (inbox) => writeFileSync(join(inbox, name("huge")), Buffer.alloc(64 * 1024 * 1024, " ")),
  "deeply nested JSON": (inbox) => writeFileSync(join(inbox, name("deep")), "[".repeat(200_000)),
  "one message twice": (inbox) => {
    for (const at of [1, 2]) writeFileSync(join(inbox, name("twice", at)), '{"id": "twice", "action": "pause"}');
    writeFileSync(join(inbox, name("then", 3)), '{"id": "then", "action": "resume"}');
  },
  "a message under another's name": (inbox) =>
    writeFileSync(join(inbox, name("one")), '{"id": "other", "action": "resume"}'),
  "invalid file names": (inbox) => {
    for (const odd of [".json", "x.json", "-.json", "a b\n.json", `${"9".repeat(200)}.json`]) {
      writeFileSync(join(inbox, odd), '{"id": "odd", "action": "resume"}');
    }
  },
  "a directory": (inbox) => mkdirSync(join(inbox, name("directory"))),
  "a directory with something in it": (inbox) => mkdirSync(join(inbox, name("full"), "inner"), { recursive: true }),
  "a pipe": (inbox) => void spawnSync("/bin/sh", ["-c", 'mkfifo "$0"', join(inbox, name("pipe"))]),
  "a link to an endless device": (inbox) => symlinkSync("/dev/zero", join(inbox, name("zero"))),
  "a link to itself": (inbox) => symlinkSync(name("loop"), join(inbox, name("loop"))),
  "a link to nothing": (inbox) => symlinkSync("/nonexistent/x", join(inbox, name("dangling"))),
  "a file that cannot be read": (inbox) => {
    writeFileSync(join(inbox, name("closed")), '{"id": "closed", "action": "cancel"}');
    chmodSync(join(inbox, name("closed")), 0o000);
  },
  "thousands of messages": (inbox) => {
    for (let n = 0; n < 3000; n++) writeFileSync(join(inbox, name(`m${n}`, n)), `{"id": "m${n}", "action": "resume"}`);
  },
};

test.each(Object.entries(FAULTS))(
  "a run with %s in its inbox handles the messages after it and completes",
  async (what, put) => {
    const { execute, handoff, monitor, state, rpc } = await serve();
    const { workflowId } = await execute({ workflow: { name: "inbox", steps: [{ id: "a", agent: "one" }] } });
    const inbox = join(state, "runs", workflowId, "inbox");
    put(inbox);
    // A valid request comes after the odd entry.
    writeFileSync(join(inbox, name("behind", 9e13)), '{"id": "behind", "action": "pause"}');
    const paused = await rpc.until(workflowId, ({ status }) => status !== "running");
    // Root can read the file, so it is a valid message.
    if (paused.status === "cancelled" && what.includes("cannot be read") && process.getuid?.() === 0) return;
    expect(paused.status).toBe("paused");
    await monitor({ action: "resume", workflowId });
    const [{ assignment }] = (await handoff({ workflowId })).assignments;
    await handoff({ action: "complete", assignment, output: "done" });
    expect((await rpc.until(workflowId, ({ status }) => status !== "running")).status).toBe("completed");
  },
);

test("a message in the inbox of one run completes no step of another run", async () => {
  const { execute, handoff, monitor, state, rpc } = await serve();
  const workflow = { name: "inbox", steps: [{ id: "a", agent: "one" }] };
  const [here, there] = [await execute({ workflow }), await execute({ workflow })];
  const [{ assignment }] = (await handoff({ workflowId: there.workflowId })).assignments;
  const inbox = join(state, "runs", here.workflowId, "inbox");
  const forged = { id: "forged", action: "complete", assignment, output: "forged" };
  writeFileSync(join(inbox, name("forged")), JSON.stringify(forged));
  writeFileSync(join(inbox, name("behind", 9e13)), '{"id": "behind", "action": "pause"}');
  await rpc.until(here.workflowId, ({ status }) => status === "paused");
  expect((await monitor({ workflowId: there.workflowId })).activeSteps).toHaveLength(1);
});
