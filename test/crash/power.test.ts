import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { storeIn } from "../rig/store.ts";
import { lines, of } from "./killing.ts";
import { stateIn } from "./tasks.ts";

/**
 * A planner that asks first, a builder whose checks fail at first, a helper that gives up, and a command at the end.
 */
const workflow = {
  name: "Power",
  steps: [
    { id: "plan", agent: "planner" },
    { id: "build", agent: "builder", verify: [{ file: "made.txt" }], retries: 3 },
    { id: "helper", agent: "helper", fallback: { command: "true" } },
    { id: "last", command: "true" },
  ],
  dependencies: [
    { from: "plan", to: "build" },
    { from: "build", to: "last" },
    { from: "helper", to: "last" },
  ],
};

/** The event that an answer of the owner reported. */
function told(events: readonly JournalEvent[], line: string): readonly JournalEvent[] {
  const { step, accepted, completed, asked, answered, failed } = JSON.parse(line) as Record<string, string>;
  if (accepted) return of(events, "step_assigned").filter(({ assignment }) => assignment === accepted);
  const about = events.filter((event) => "step" in event && event.step === step);
  if (asked) return of(about, "questions_asked");
  if (answered) return of(about, "questions_answered");
  if (failed) return of(about, "step_failed");
  if (completed) return [...of(about, "step_reported"), ...of(about, "step_completed")];
  throw new Error(`not understood: ${line}`);
}

async function carryOut(durability: "power" | "process") {
  const cwd = scratch();
  writeFileSync(join(cwd, "workflow.json"), JSON.stringify(workflow));
  const program = await bundle(new URL("powerless.ts", import.meta.url));
  const env = { ...process.env, HOME: join(cwd, "home"), BATON_DURABILITY: durability };
  const args = [program, "workflow.json", "never", "0"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const answers = lines(join(cwd, "acknowledged.txt"));
  expect(answers.length).toBeGreaterThan(6);
  return answers.map((line, n) => ({ line, image: join(cwd, "images", String(n)) }));
}

test("with durability: power, a power cut loses nothing that was answered", async () => {
  for (const { line, image } of await carryOut("power")) {
    const store = storeIn(stateIn(image));
    const [id] = readdirSync(join(image, "state/runs"));
    expect(store.definition(id!)).toMatchObject({ workflow: { name: "Power" } });
    const { events, problems } = store.read(id!, START)!;
    expect(problems).toEqual([]);
    expect(told(events, line), line).not.toEqual([]);
    expect(store.lease(id!).epoch).toBe(1);
  }
});

test("with durability: process, a power cut loses answered events (control)", async () => {
  const images = await carryOut("process");
  const lost = images.filter(({ line, image }) => {
    if (!existsSync(join(image, "state/runs"))) return true;
    const [id] = readdirSync(join(image, "state/runs"));
    return id === undefined || told(storeIn(stateIn(image)).read(id, START)?.events ?? [], line).length === 0;
  });
  expect(lost).toHaveLength(images.length);
});
