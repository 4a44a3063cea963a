import { expect, test } from "vitest";
import { FEATURES } from "../../src/run/features/index.ts";
import { AnyMessage, EVENT_SCHEMAS } from "../../src/run/schemas.ts";

test("EVENT_SCHEMAS has the events of every run and of its features", () => {
  for (const type of ["run_created", "step_started", ...Object.keys(FEATURES.events)])
    expect(EVENT_SCHEMAS.get(type)?.shape.type.value).toBe(type);
  expect(EVENT_SCHEMAS.get("nothing_happened")).toBeUndefined();
});

test("AnyMessage accepts messages of every run and of its features, and no others", () => {
  const answer = { id: "m1", action: "answer", stepId: "a", answers: ["yes"] };
  expect(AnyMessage.safeParse({ id: "m1", action: "pause" }).success).toBe(true);
  expect(AnyMessage.safeParse(answer).success).toBe(true);
  expect(AnyMessage.safeParse({ id: "m1", action: "explode" }).success).toBe(false);
});
