import type { StepSyntax } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import type { Path } from "../diagnostics/diagnostics.ts";
import { stepTypeOf } from "../graph/draft.ts";
import { DEFAULT_TYPE } from "../schema/workflow-schema.ts";
import { IdAllocator, slug } from "./ids.ts";
import { type Fields, Translation } from "./translation.ts";

/**
 * A list of skills. Each runs after the one before; neighbours with `parallel: true` run together. An entry is a step
 * that mostly names a skill, and its id comes from that name.
 */
export function translateSkills(raw: Fields, key: string, stepTypes: readonly StepSyntax[]): Translation {
  const { [key]: entries, ...fields } = raw;
  const made = new Translation(fields, [key]);
  if (!Array.isArray(entries)) {
    made.report("wrong_type", [key], "must be a list of skills");
    return made;
  }
  const ids = new IdAllocator(entries.map((entry) => (isRecord(entry) ? entry.id : undefined)));
  let before: string[] = [];
  let group: string[] = [];
  let groups = 0;
  entries.forEach((entry: unknown, at) => {
    const path = [key, at];
    const together = isRecord(entry) && entry.parallel === true;
    if (group.length > 0 && !(together && isRecord(entries[at - 1]) && entries[at - 1].parallel === true)) {
      [before, group] = [group, []];
      groups++;
    }
    const id = addEntry(made, entry, path, ids, stepTypes, together ? groups : undefined);
    if (id === undefined) return;
    made.addEdges(before, [id], "order of the list", path);
    group.push(id);
  });
  return made;
}

/** @returns the id of the step, if it can have one */
function addEntry(
  made: Translation,
  entry: unknown,
  path: Path,
  ids: IdAllocator,
  stepTypes: readonly StepSyntax[],
  group: number | undefined,
): string | undefined {
  const fields = new Map<string, Path>();
  const at = path[path.length - 1] as number;
  if (typeof entry === "string") {
    const id = ids.allocate([slug(entry, `step-${at + 1}`)]);
    made.addStep({ id, type: "skill", skill: entry }, path, new Map([["skill", path]]), group);
    return id;
  }
  if (!isRecord(entry)) {
    made.report("wrong_type", path, 'must be an object with "skill"');
    return undefined;
  }
  const { parallel, ...own } = entry;
  const step: Record<string, unknown> = typeof parallel === "boolean" ? own : entry;
  const { output_key: outputKey, ...rest } = step;
  if (outputKey !== undefined && Object.hasOwn(rest, "outputKey")) {
    made.report("duplicate", [...path, "output_key"], '"output_key" and "outputKey" are the same field', {
      on: "key",
    });
  } else if (Object.hasOwn(step, "output_key")) {
    fields.set("outputKey", [...path, "output_key"]);
  }
  const type = stepTypeOf(entry, stepTypes);
  const untyped = type === DEFAULT_TYPE && ![DEFAULT_TYPE, "run", "type"].some((field) => Object.hasOwn(entry, field));
  const name = slug(entry.skill ?? entry.agent ?? entry.name, `step-${at + 1}`);
  const action = typeof entry.action === "string" ? [`${name}.${slug(entry.action, "again")}`] : [];
  const id = Object.hasOwn(entry, "id") ? entry.id : ids.allocate([name, ...action]);
  if (!Object.hasOwn(entry, "id")) fields.set("id", path);
  const translated = {
    ...rest,
    id,
    ...(untyped && { type: "skill" }),
    ...(fields.has("outputKey") && { outputKey }),
  };
  made.addStep(translated, path, fields, group);
  return typeof id === "string" ? id : undefined;
}
