import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { CapabilityKind, type CapabilityRecord } from "../../model/capability.ts";
import type { MatchReason, NeedsMatch, SearchHit } from "../../model/contracts/catalog.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { App, Call } from "../app.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";
import { reportProblems } from "./doctor.ts";

/** Capabilities in one answer: enough to choose from, and few enough to read. */
const DEFAULT_LISTED = 15;
const MAX_LISTED = 50;
/**
 * Characters of a description, in a list and of one capability. It goes into a model's context, and others wrote it.
 */
const MAX_SHORT_CHARACTERS = 200;
const MAX_DESCRIPTION_CHARACTERS = 1_024;

/** One capability in a list. */
export interface CapabilityLine {
  readonly name: string;
  readonly kind: CapabilityKind;
  readonly id: string;
  readonly description: string;
  readonly scope: string;
  readonly score?: number;
  readonly reason?: string;
  readonly lacks?: readonly string[];
  readonly path?: string;
}

/** Finds capabilities by words, by needs or by name. Without any of these, lists all. */
export const findCapabilities = defineOperation({
  name: "capabilities.find",
  input: z.object({
    query: z.string().max(1_000).optional(),
    needs: z.array(z.string().max(200)).max(20).optional(),
    kind: CapabilityKind.optional(),
    name: z.string().min(1).max(300).optional(),
    cwd: z.string().optional(),
    limit: z.number().int().min(1).max(MAX_LISTED).optional(),
    detail: z.enum(["concise", "full"]).optional(),
  }),
  async handle(input, app, call): Promise<Result<object, Failure>> {
    const project = directory(input.cwd ?? ".", "cwd", app);
    if (!project.ok) return project;
    if (input.name !== undefined) return showOne({ ...input, name: input.name }, project.value, app, call);
    const { lines, total, what } = select(input, project.value, app);
    const known = app.catalog.scan(project.value).records.filter((record) => isOffered(record, input.kind)).length;
    return ok({
      capabilities: lines,
      total,
      known,
      ...(total > lines.length && {
        truncated: `the first ${lines.length} of ${total}; add words to narrow the search, or raise limit`,
      }),
      next: nextOf(lines, what, known),
    });
  },
});

type Input = z.output<typeof findCapabilities.input>;

/** What the caller looked for, for an answer that finds nothing. */
type What = { readonly asked?: string };

function select(input: Input, project: string, app: App): { lines: CapabilityLine[]; total: number; what: What } {
  const { catalog } = app;
  const limit = input.limit ?? DEFAULT_LISTED;
  const line = (record: CapabilityRecord, more: Partial<CapabilityLine> = {}) => lineOf(record, input.detail, more);
  const needs = (input.needs ?? []).filter((need) => need.trim() !== "");
  if (needs.length > 0) {
    const { covering, nearest } = catalog.matching(needs, project);
    const fitting = [...covering, ...nearest].filter(({ record }) => isOffered(record, input.kind));
    const lines = fitting.slice(0, limit).map((match) => line(match.record, matchOf(match)));
    return { lines, total: fitting.length, what: { asked: needs.join(", ") } };
  }
  if (input.query !== undefined && input.query.trim() !== "") {
    const hits = catalog.search(
      input.query,
      { limit: Number.MAX_SAFE_INTEGER, ...(input.kind && { kind: input.kind }) },
      project,
    );
    const lines = hits.slice(0, limit).map((hit) => line(hit.record, hitOf(hit)));
    return { lines, total: hits.length, what: { asked: input.query } };
  }
  const offered = catalog.scan(project).records.filter((record) => isOffered(record, input.kind));
  return { lines: offered.slice(0, limit).map((record) => line(record)), total: offered.length, what: {} };
}

const isOffered = (record: CapabilityRecord, kind: CapabilityKind | undefined): boolean =>
  record.shadowedBy === undefined && !record.flags.hidden && (kind === undefined || record.kind === kind);

function lineOf(record: CapabilityRecord, detail: Input["detail"], more: Partial<CapabilityLine>): CapabilityLine {
  const { name, kind, id, description, source, path } = record;
  const full = detail === "full";
  return {
    name: truncate(name, 100),
    kind,
    id,
    description: truncate(description, full ? 2 * MAX_SHORT_CHARACTERS : MAX_SHORT_CHARACTERS),
    scope: scopeOf(source),
    ...more,
    ...(full && { path }),
  };
}

const scopeOf = ({ scope, namespace }: CapabilityRecord["source"]): string =>
  scope === "plugin" ? `plugin ${namespace}` : scope;

const hitOf = ({ score, reasons }: SearchHit) => ({ score, reason: reasons.map(reasonText).join("; ") });
const reasonText = ({ word, fields }: MatchReason): string => `"${word}" in ${fields.join(", ")}`;

const matchOf = ({ score, covers, lacks }: NeedsMatch): Partial<CapabilityLine> => ({
  score,
  reason: covers.map(({ need, field }) => `"${truncate(need, 60)}" in ${field}`).join("; "),
  ...(lacks.length > 0 && { lacks }),
});

function nextOf(lines: readonly CapabilityLine[], { asked }: What, known: number): string {
  const first = lines[0];
  if (first?.lacks) return "No single capability covers every need. Combine several, or ask for less.";
  if (first)
    return `find_capabilities {name: "${first.name}", kind: "${first.kind}"} shows one of them with the path of its file.`;
  if (known > 0 && asked !== undefined) {
    return `Nothing fits "${truncate(asked, 80)}". Try other or fewer words; find_capabilities {} lists all ${known}.`;
  }
  return "There are no skills or agents here. Put a skill into .agents/skills/<name>/SKILL.md or an agent into .agents/agents/<name>.md of the project; `baton doctor` explains why Baton refused a file.";
}

async function showOne(input: Input & { name: string }, project: string, app: App, call: Call) {
  const { name, kind } = input;
  const { catalog } = app;
  const record = catalog.find(kind, name, project);
  if (!record) {
    const near = catalog.nearest(name, kind, project);
    const meant = near.length > 0 ? `Did you mean ${near.map((one) => `"${one}"`).join(" or ")}? ` : "";
    return failure({
      reason: "not_found",
      message: `there is no ${kind ?? "capability"} "${truncate(name, 100)}"`,
      hint: `${meant}find_capabilities {query: "…"} searches; find_capabilities {} lists all.`,
    });
  }
  const { records } = catalog.scan(project);
  const others = records.filter((other) => other !== record && other.slug === record.slug);
  const whole = { capability: detailOf(record, others), next: nextAboutOne(record) };
  if (input.detail !== "full") return ok(withoutSchemas(whole));
  if (JSON.stringify(whole).length <= (call.characters ?? Number.POSITIVE_INFINITY)) return ok(whole);
  return ok({ ...withoutSchemas(whole), truncated: "the schemas are left out; read them in the file" });
}

type Detail = ReturnType<typeof detailOf>;

function detailOf(record: CapabilityRecord, others: readonly CapabilityRecord[]) {
  const { name, slug, kind, id, description, path, source, parse, requestedTools, requestedModel, requires } = record;
  const { operations, tags, triggers, priority, version, argumentHint, outputSchema, shadowedBy } = record;
  const needed = Object.entries(requires).filter(([, names]) => names.length > 0);
  return {
    name: truncate(name, 100),
    slug,
    kind,
    id,
    description: truncate(description, MAX_DESCRIPTION_CHARACTERS),
    scope: scopeOf(source),
    path,
    /** The line on which the body begins, after the frontmatter. */
    bodyLine: source.bodyLine,
    ...(tags.length > 0 && { tags: truncateAll(tags) }),
    ...(triggers.keywords.length > 0 && { triggers: truncateAll(triggers.keywords) }),
    ...(operations.length > 0 && {
      operations: operations.slice(0, MAX_LISTED).map(({ id, description, inputSchema, outputSchema }) => ({
        id: truncate(id, 100),
        description: truncate(description, MAX_SHORT_CHARACTERS),
        ...(inputSchema && { inputSchema }),
        ...(outputSchema && { outputSchema }),
      })),
    }),
    ...(outputSchema && { outputSchema }),
    /** Requests of its author. They allow nothing. */
    requests: {
      tools: requestedTools.mode === "list" ? truncateAll(requestedTools.allow) : requestedTools.mode,
      ...(requestedModel && { model: truncate(requestedModel.raw, 100) }),
    },
    ...(needed.length > 0 && {
      requires: Object.fromEntries(needed.map(([what, names]) => [what, truncateAll(names)])),
    }),
    ...(argumentHint !== undefined && { argumentHint: truncate(argumentHint, MAX_SHORT_CHARACTERS) }),
    ...(version !== undefined && { version: truncate(version, 40) }),
    ...(priority !== 0 && { priority }),
    ...(shadowedBy !== undefined && { shadowedBy }),
    ...(others.length > 0 && { sameName: others.slice(0, 10).map((other) => ({ id: other.id, path: other.path })) }),
    ...(parse.mode === "repaired" && { note: "Baton repaired its frontmatter; `baton doctor` says where." }),
  };
}

function withoutSchemas({ capability, next }: { capability: Detail; next: string }) {
  const { outputSchema: _, operations, ...rest } = capability;
  return {
    capability: {
      ...rest,
      ...(operations && { operations: operations.map(({ id, description }) => ({ id, description })) }),
    },
    next,
  };
}

const nextAboutOne = ({ path, source: { bodyLine }, kind }: CapabilityRecord): string =>
  `Read ${pathInSentence(path)} from line ${bodyLine} on: the text of the ${kind} is there, in its author's words.`;

/** A path in a sentence. Line ends in it must not look like Baton's. */
export const pathInSentence = (path: string): string => (/\p{Cc}/u.test(path) ? JSON.stringify(path) : path);

/** The first of some words, each cut to size. */
const truncateAll = (words: readonly string[]): string[] => words.slice(0, 20).map((word) => truncate(word, 100));

const where = { roots: z.array(z.string().min(1)).optional(), cwd: z.string().optional() };

/** All records, shadowed ones included, and what was refused. With `roots`: only from these directories. */
export const listCapabilities = defineOperation({
  name: "capabilities.list",
  input: z.object(where),
  handle: async (input, app) => scan(input, app),
});

/** Every repaired, shadowed or refused file, and how to correct it. */
export const checkCapabilities = defineOperation({
  name: "capabilities.check",
  input: z.object(where),
  async handle(input, app) {
    const scanned = scan(input, app);
    if (!scanned.ok) return scanned;
    const state = await stateComplaints(app);
    return ok({ ...reportProblems(scanned.value), ...(state.length > 0 && { state }) });
  },
});

/** Why Baton executes nothing from the state directory, in sentences. */
async function stateComplaints(app: App): Promise<string[]> {
  const { trust } = app;
  const refusal = existsSync(app.state) ? trust.refusal() : undefined;
  const foreign = (await app.engine.list()).filter((id) => trust.foreign(id) !== undefined);
  return [
    ...(refusal === undefined ? [] : [`Baton executes nothing from ${app.state}: ${refusal}.`]),
    ...(foreign.length === 0
      ? []
      : [
          `${foreign.length} runs are foreign, so Baton does not execute them (${foreign.slice(0, 5).join(", ")}). \`baton trust\` shows them.`,
        ]),
    ...app.notes,
  ];
}

function scan({ roots, cwd }: z.output<z.ZodObject<typeof where>>, app: App) {
  const project = directory(cwd ?? ".", "cwd", app);
  if (!project.ok) return project;
  if (roots === undefined || roots.length === 0) return ok(app.catalog.scan(project.value));
  const directories = roots.map((root) => directory(root, "root", app));
  const wrong = directories.flatMap((one) => (one.ok ? [] : [...(one.error.mistakes ?? [])]));
  if (wrong.length > 0) return err(badInput(wrong));
  return ok(app.catalog.survey(directories.flatMap((one) => (one.ok ? [one.value] : []))));
}

function directory(given: string, field: string, app: App): Result<string, Failure> {
  const path = resolve(app.cwd, given);
  if (isDirectory(path)) return ok(path);
  const message = `${path} is not a directory`;
  const hint = "Give the path of a directory that exists and is readable.";
  return err(badInput([{ severity: "error", code: "file", message, hint, at: { field } }]));
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
