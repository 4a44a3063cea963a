import type { Routing } from "../model/routing.ts";
import type { Heard } from "./evidence.ts";
import type { Reading } from "./reading.ts";

/** How much work a goal is, as far as its words tell. */
export function complexityOf(
  label: string,
  reading: Reading,
  { sightings }: Heard,
  tasks: number,
): Routing["complexity"] {
  const has = (...ideas: readonly string[]) => sightings.some(({ idea }) => ideas.includes(idea));
  const vast = has("large", "whole", "wide") || reading.words > 120;
  switch (label) {
    case "build_only":
      return reading.trace || reading.words > 60 ? "medium" : "low";
    case "multi_task":
      return tasks > 5 ? "high" : "medium";
    case "decompose_first":
      return has("large", "like", "decompose") || reading.words > 25 ? "very_high" : "high";
    case "plan_then_build":
      return vast || has("rework") ? "high" : "medium";
    default:
      return "medium";
  }
}
