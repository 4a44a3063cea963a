import type { CapabilityRecord } from "../../model/capability.ts";
import { truncate } from "../../model/text/truncate.ts";
import { toolsInHostWords } from "../tool-words.ts";
import { scopeText } from "./capability-line.ts";

/** Operations of one capability that an answer lists. */
const MAX_OPERATIONS_LISTED = 50;
/** Characters of a description. It goes into a model's context, and others wrote it. */
const MAX_SHORT_CHARACTERS = 200;
const MAX_DESCRIPTION_CHARACTERS = 1_024;

/** One capability, with everything that a caller needs to use it. */
export type CapabilityDetail = ReturnType<typeof detailOf>;

/**
 * @param sameName other capabilities of this name
 * @param toolPrefix what the caller's host puts before the names of Baton's tools
 */
export function detailOf(record: CapabilityRecord, sameName: readonly CapabilityRecord[], toolPrefix?: string) {
  const { name, slug, kind, id, description, path, source, parse, requestedTools, requestedModel, requires } = record;
  const { operations, tags, triggers, priority, version, argumentHint, outputSchema, shadowedBy } = record;
  const needed = Object.entries(requires).filter(([, names]) => names.length > 0);
  return {
    name: truncate(name, 100),
    slug,
    kind,
    id,
    description: truncate(description, MAX_DESCRIPTION_CHARACTERS),
    scope: scopeText(source),
    path,
    /** The line on which the body begins, after the frontmatter. */
    bodyLine: source.bodyLine,
    ...(tags.length > 0 && { tags: truncateAll(tags) }),
    ...(triggers.keywords.length > 0 && { triggers: truncateAll(triggers.keywords) }),
    ...(operations.length > 0 && {
      operations: operations.slice(0, MAX_OPERATIONS_LISTED).map(({ id, description, inputSchema, outputSchema }) => ({
        id: truncate(id, 100),
        description: truncate(description, MAX_SHORT_CHARACTERS),
        ...(inputSchema && { inputSchema }),
        ...(outputSchema && { outputSchema }),
      })),
    }),
    ...(outputSchema && { outputSchema }),
    /** Requests of its author. They allow nothing. */
    requests: {
      tools:
        requestedTools.mode === "list"
          ? truncateAll(toolsInHostWords(requestedTools.allow, toolPrefix))
          : requestedTools.mode,
      ...(requestedModel && { model: truncate(requestedModel.raw, 100) }),
    },
    ...(needed.length > 0 && {
      requires: Object.fromEntries(needed.map(([what, names]) => [what, truncateAll(names)])),
    }),
    ...(argumentHint !== undefined && { argumentHint: truncate(argumentHint, MAX_SHORT_CHARACTERS) }),
    ...(version !== undefined && { version: truncate(version, 40) }),
    ...(priority !== 0 && { priority }),
    ...(shadowedBy !== undefined && { shadowedBy }),
    ...(sameName.length > 0 && {
      sameName: sameName.slice(0, 10).map((other) => ({ id: other.id, path: other.path })),
    }),
    ...(parse.mode === "repaired" && { note: "Baton repaired its frontmatter; `baton doctor` says where." }),
  };
}

export function withoutSchemas({ outputSchema: _, operations, ...rest }: CapabilityDetail) {
  return { ...rest, ...(operations && { operations: operations.map(({ id, description }) => ({ id, description })) }) };
}

/** The first of some words, each cut to size. */
const truncateAll = (words: readonly string[]): string[] => words.slice(0, 20).map((word) => truncate(word, 100));
