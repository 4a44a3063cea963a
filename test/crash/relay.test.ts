import { expect, test } from "vitest";
import { atEachWrite, killable, LONG, of } from "./killing.ts";

const { round } = killable(new URL("relayer.ts", import.meta.url));

/** A planner that is taken over half-way, and whose delivery is checked and then amended; a builder that reads it. */
const workflow = {
  name: "Relay",
  steps: [
    { id: "plan", agent: "planner", verify: "true" },
    { id: "build", agent: "builder", prompt: "v is {{steps.plan.output.v}}" },
  ],
};

interface Acknowledged {
  readonly step?: string;
  readonly accepted?: string;
  readonly text?: string;
  readonly told?: string;
  readonly trace?: string;
  readonly completed?: string;
  readonly amended?: string;
  readonly notes?: string;
  readonly input?: string;
}

/** Kills the process at one write and lets another go on: what was told, taken over and amended stands, once. */
async function killAt(where: "before" | "middle" | "after", which: number): Promise<boolean> {
  const { killed, before, after, ...there } = await round(workflow, where, which);
  for (const line of there.acknowledged.map((line) => JSON.parse(line) as Acknowledged)) {
    const { accepted, step, told, completed, amended } = line;
    if (accepted)
      expect(of(before, "step_assigned")).toContainEqual(expect.objectContaining({ step, assignment: accepted }));
    if (told) expect(of(before, "notes_left")).toContainEqual(expect.objectContaining({ step: "plan", attempt: 1 }));
    if (completed) expect(of(before, "step_reported")).toContainEqual(expect.objectContaining({ output: { v: 1 } }));
    if (amended) expect(of(before, "delivery_amended")).toContainEqual(expect.objectContaining({ output: { v: 2 } }));
  }
  // The first worker lost the step once, whatever died meanwhile, and its attempt is no expiry.
  expect(of(after, "step_taken_over")).toMatchObject([{ step: "plan", attempt: 1, reason: "ann is gone", by: "bob" }]);
  expect(of(after, "lease_expired")).toEqual([]);
  expect(of(after, "step_assigned").map(({ step, attempt }) => `${step}.${attempt}`)).toEqual([
    "plan.1",
    "plan.2",
    "build.1",
  ]);
  expect(of(after, "delivery_amended")).toHaveLength(1);
  // Checked, amended, checked again; and only then read.
  expect(of(after, "step_completed").map(({ step }) => step)).toEqual(["plan", "plan", "build"]);
  return killed;
}

test("a process killed at any write around notes, a take-over and an amendment loses nothing that was told", async () => {
  const kills = await atEachWrite(2, killAt);
  expect(kills).toBeGreaterThan(LONG ? 10 : 4);
});

test("whoever goes on reads what was told", async () => {
  const { acknowledged } = await round({ ...workflow }, "after", 10_000);
  const lines = acknowledged.map((line) => JSON.parse(line) as Acknowledged);
  const trace = JSON.parse(lines.find((line) => line.trace)!.trace!);
  expect(trace).toMatchObject([{ worker: "ann", said: ["half of it"], ended: "taken_over", message: "ann is gone" }]);
  const reader = lines.find((line) => line.notes)!;
  expect(JSON.parse(reader.notes!).map(({ text }: { text: string }) => text)).toEqual(["a trap", "better"]);
  expect(reader.input).toContain('"v": 2');
  expect(lines.find(({ step }) => step === "build")!.text).toContain("v is 2");
});
