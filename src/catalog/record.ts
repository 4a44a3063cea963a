import { basename } from "node:path";
import type { Capability, CapabilityIssue, CapabilityKind } from "../model/capability.ts";
import { isRecord } from "../model/json.ts";
import { featuresOf, schemaOf } from "./features.ts";
import type { Frontmatter } from "./frontmatter/frontmatter.ts";
import { requestedModel, requestedTools } from "./requested-tools.ts";
import { checkAgainstSpecification, placeName } from "./spec-lint.ts";
import { hidesCharacters, oneLine, own, plain, slugOf, textOf, textsOf, unique } from "./text.ts";

export interface Recorded {
  readonly capability?: Capability;
  readonly findings: readonly CapabilityIssue[];
}

/** Keys that have a field of their own in the record. All others go to `extra`. */
const PLACED = new Set(
  `name description tags keywords category domain triggers activation_triggers when_to_use globs paths tools allowed-tools
  allowedTools allowed_tools disallowedTools disallowed-tools model priority requires skills agents dependencies mcp-servers
  argument-hint outputSchema output_schema user-invocable disable-model-invocation hidden version license author compatibility`.split(
    /\s+/,
  ),
);

/** Characters kept of keys without a field. */
const MAX_EXTRA_CHARACTERS = 4_000;

/**
 * What a frontmatter says of its file's capability. `path` gives the kind, and the name if the frontmatter has none.
 */
export function recordOf(path: string, frontmatter: Frontmatter): Recorded {
  const { fields, lineOf } = frontmatter;
  const findings: CapabilityIssue[] = [];
  const field = (...keys: readonly string[]): unknown => {
    for (const key of keys) {
      const value = own(fields, key);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  };
  const metadata = own(fields, "metadata");
  const inside = (key: string): unknown => field(key) ?? own(metadata, key);
  const written = textOf(field("name"));
  const description = textOf(field("description")) ?? textOf(own(metadata, "description")) ?? "";
  if (written === undefined && description === "") return { findings: [notACapability(lineOf("name"))] };
  for (const key of ["name", "description"]) {
    const value = field(key);
    if (typeof value === "string" && hidesCharacters(value)) findings.push(unseen(key, lineOf(key)));
  }

  const kind = kindOf(path);
  const name = written ?? (oneLine(placeName(path, kind)) || "unnamed");
  const { features, words, findings: aboutFeatures } = featuresOf(field("capabilities"), frontmatter);
  const output = schemaOf(["outputSchema", "output_schema"], fields, frontmatter);
  const { extra, dropped } = extraOf(fields);
  findings.push(...aboutFeatures, ...output.findings);
  if (dropped.length > 0) findings.push(tooMuch(dropped, lineOf(dropped[0]!)));
  const model = requestedModel(field("model"));
  const argumentHint = hintOf(field("argument-hint"));
  const capability: Capability = {
    kind,
    name,
    slug: slugOf(name),
    nameSource: written === undefined ? "path" : "frontmatter",
    description,
    operations: features,
    ...(output.schema && { outputSchema: output.schema }),
    tags: unique([...words, ...["tags", "keywords", "category", "domain"].flatMap((key) => textsOf(inside(key)))]),
    triggers: triggersOf(field("triggers", "activation_triggers"), field("when_to_use"), field("globs", "paths")),
    requestedTools: requestedTools(
      field("tools", "allowed-tools", "allowedTools", "allowed_tools") ?? own(field("capabilities"), "allowed_tools"),
      field("disallowedTools", "disallowed-tools") ?? own(field("capabilities"), "restricted_tools"),
    ),
    ...(model && { requestedModel: model }),
    ...priorityOf(inside("priority")),
    requires: requiresOf(field),
    ...(argumentHint !== undefined && { argumentHint }),
    flags: {
      userInvocable: textOf(field("user-invocable"))?.toLowerCase() !== "false",
      modelInvocable: textOf(field("disable-model-invocation"))?.toLowerCase() !== "true",
      hidden: textOf(field("hidden"))?.toLowerCase() === "true",
    },
    extra,
  };
  for (const key of ["version", "license", "author", "compatibility"] as const) {
    const text = textOf(inside(key)) ?? textOf(own(inside(key), "name"));
    if (text !== undefined) capability[key] = text;
  }
  return { capability, findings: [...findings, ...checkAgainstSpecification(path, capability, lineOf)] };
}

export function kindOf(path: string): CapabilityKind {
  return basename(path) === "SKILL.md" ? "skill" : "agent";
}

/** A list of words; or a map of words and file patterns; or a sentence. */
function triggersOf(given: unknown, when: unknown, patterns: unknown): Capability["triggers"] {
  const text = textOf(when) ?? textOf(given);
  return {
    keywords: textsOf(isRecord(given) ? own(given, "keywords") : Array.isArray(given) ? given : when),
    filePatterns: unique([own(given, "file_patterns"), own(given, "filePatterns"), patterns].flatMap(textsOf)),
    ...(text !== undefined && { text }),
  };
}

const PRIORITIES = new Map([
  ["critical", 3],
  ["high", 2],
  ["medium", 1],
  ["normal", 1],
  ["low", 0],
]);

function priorityOf(value: unknown): { priority: number; priorityText?: string } {
  const text = textOf(value);
  if (text === undefined) return { priority: 0 };
  const number = Number(text);
  return {
    priority: Number.isFinite(number) ? number : (PRIORITIES.get(text.toLowerCase()) ?? 0),
    priorityText: text,
  };
}

function requiresOf(field: (key: string) => unknown): Capability["requires"] {
  const requires = field("requires");
  const servers = field("mcp-servers");
  const texts = (key: string, alias: string, more: unknown = undefined) =>
    unique([field(key), own(requires, alias), more].flatMap(textsOf));
  return {
    skills: texts("skills", "skills", Array.isArray(requires) ? requires : undefined),
    agents: texts("agents", "agents"),
    mcp: unique(
      [own(requires, "mcp"), isRecord(servers) ? Object.keys(plain(servers) as object) : servers].flatMap(textsOf),
    ),
    packages: texts("dependencies", "packages"),
  };
}

/** Unquoted, `[issue-number]` is a list to YAML. Its author meant the text. */
function hintOf(value: unknown): string | undefined {
  return Array.isArray(value) ? `[${textsOf(value).join(", ")}]` : textOf(value);
}

function extraOf(fields: Readonly<Record<string, unknown>>): { extra: Record<string, unknown>; dropped: string[] } {
  const extra: Record<string, unknown> = {};
  const dropped: string[] = [];
  let left = MAX_EXTRA_CHARACTERS;
  const others = Object.entries(fields).filter(
    ([key, value]) => !PLACED.has(key) && (key !== "capabilities" || isRecord(value)),
  );
  if (others.length === 0) return { extra, dropped };
  for (const [key, value] of Object.entries(plain(Object.fromEntries(others)) as object)) {
    const size = key.length + JSON.stringify(value).length;
    if (size > left) dropped.push(key);
    else {
      left -= size;
      extra[key] = value;
    }
  }
  return { extra, dropped };
}

const at = (line: number | undefined) => line !== undefined && { line };

const notACapability = (line: number | undefined): CapabilityIssue => ({
  code: "not-a-capability",
  effect: "refused",
  line: line ?? 1,
  message: "its frontmatter has neither a name nor a description",
  mend: "Give it both; a file without them is not a capability.",
});

const unseen = (key: string, line: number | undefined): CapabilityIssue => ({
  code: "unseen-characters",
  effect: "repaired",
  ...at(line),
  message: `the ${key} contains control or invisible characters; Baton removed them`,
  mend: "Remove them; if you did not write them, find out who did.",
});

const tooMuch = (dropped: readonly string[], line: number | undefined): CapabilityIssue => ({
  code: "extra-cut",
  effect: "advice",
  ...at(line),
  message: `Baton keeps unknown keys up to ${MAX_EXTRA_CHARACTERS} characters; left out: ${dropped.slice(0, 8).join(", ").slice(0, 200)}`,
  mend: "Shorten them only if a program of yours reads them.",
});
