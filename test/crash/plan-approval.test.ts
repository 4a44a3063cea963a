import { expect, test } from "vitest";
import { atEachWrite, killable, of } from "./killing.ts";

const { round } = killable(new URL("worker.ts", import.meta.url));

/** A planner whose plan waits for the person, who first wants another one; and a step that waits for the plan. */
const workflow = {
  name: "Approval",
  steps: [
    { id: "plan", agent: "planner", output: "plan" },
    { id: "build", agent: "builder" },
  ],
  dependencies: [{ from: "plan", to: "build" }],
};

/** Kills the process at one write and lets another go on. Checks that nothing is built before the person's yes. */
async function killAt(...at: [where: "before" | "middle" | "after", which: number]): Promise<boolean> {
  const { killed, after: events, acknowledged } = await round(workflow, ...at);
  const order = events.flatMap((event) => ("step" in event && event.step ? `${event.type} ${event.step}` : []));
  const yes = order.indexOf("plan_approved plan");
  expect(yes).toBeGreaterThan(order.indexOf("plan_declined plan"));
  expect(order.indexOf("step_completed plan")).toBeGreaterThan(yes);
  expect(order.indexOf("step_assigned build")).toBeGreaterThan(order.indexOf("step_completed plan"));
  // The person is asked once about each plan, and no answer that was acknowledged is lost.
  expect(of(events, "plan_submitted"), `${at} ${order.join(", ")}`).toHaveLength(2);
  expect(of(events, "plan_declined").map(({ answers }) => answers[0]!.answer)).toEqual(["this"]);
  expect(of(events, "plan_approved").map(({ answers }) => answers[0]!.answer)).toEqual(["yes"]);
  const said = acknowledged.flatMap((line) => (JSON.parse(line) as { answered?: string }).answered ?? []);
  expect(["this", "yes"].slice(0, said.length)).toEqual(said);
  return killed;
}

test("a process killed at any write around a plan that waits for the person loses no plan and no answer", async () => {
  const kills = await atEachWrite(1, killAt);
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(8);
});
