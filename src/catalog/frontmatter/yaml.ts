import matter from "gray-matter";
import yaml from "js-yaml";

/** Why a block is not valid YAML. `line` counts from the opening fence, which is 0. */
export interface YamlMistake {
  readonly line: number;
  readonly message: string;
}

export type Yaml = { readonly map: Readonly<Record<string, unknown>> } | { readonly mistake: YamlMistake };

/** Nothing that people write by hand is deeper. Parsers exhaust the stack far beyond. */
const DEEPEST = 64;

class Refused extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads a block strictly: a map with unique keys, every scalar as written (`1.10` stays `1.10`, a date stays text),
 * and no anchors. Without anchors there are no aliases, bombs or cycles.
 */
export function readYaml(block: string): Yaml {
  return guarded(block, yaml.FAILSAFE_SCHEMA);
}

/** The same with numbers, booleans and null parsed: JSON Schemas need them. */
export function readTypedYaml(block: string): Yaml {
  return guarded(block, yaml.JSON_SCHEMA);
}

function guarded(block: string, schema: yaml.Schema): Yaml {
  try {
    // With options, gray-matter does not use its cache, which forgets errors. The fence is Baton's own, so it names no
    // language.
    const file = matter(`---\n${block}\n---\n`, { language: "yaml", engines: enginesFor(schema) });
    // It closes at anything that begins with three dashes.
    if (file.matter.length < block.length) return mistake(file.matter.split("\n").length, "a line begins with dashes");
    return { map: file.data };
  } catch (error) {
    if (error instanceof Refused) return mistake(error.line, error.message);
    if (error instanceof yaml.YAMLException) {
      // The types do not declare the mark.
      const { mark, reason } = error as unknown as { mark?: { line?: number }; reason?: string };
      return mistake(mark?.line ?? 1, reason ?? "is not YAML");
    }
    // The parser exhausted the stack. The input is still only text.
    return mistake(1, error instanceof Error ? error.message : String(error));
  }
}

const mistake = (line: number, message: string): Yaml => ({ mistake: { line, message: message.split("\n")[0]! } });

type Engines = NonNullable<NonNullable<Parameters<typeof matter>[1]>["engines"]>;

const engines = new Map<yaml.Schema, Engines>();

/**
 * gray-matter takes the parser's name from the file, and some of its parsers run code (decision 6). All are overridden
 * here, under their canonical names and aliases. Only YAML is read.
 */
function enginesFor(schema: yaml.Schema): Engines {
  const known = engines.get(schema);
  if (known) return known;
  const reject = {
    parse(): never {
      throw new Refused(0, "only YAML is read");
    },
  };
  const own: Engines = {
    yaml: { parse: (text) => parse(text, schema) },
    ...{ yml: reject, json: reject, javascript: reject, js: reject },
    ...{ coffee: reject, coffeescript: reject, cson: reject, toml: reject },
  };
  engines.set(schema, own);
  return own;
}

function parse(text: string, schema: yaml.Schema): object {
  let depth = 0;
  // js-yaml calls back at the beginning and end of every node. Its types declare only part of what it passes.
  const listener = (event: yaml.EventType, state: yaml.State): void => {
    const { line, anchor } = state as unknown as { line: number; anchor: string | null };
    if (event === "open" && ++depth > DEEPEST) throw new Refused(line, `is nested deeper than ${DEEPEST} levels`);
    if (event === "close") depth--;
    if (event === "close" && anchor !== null) throw new Refused(line, "anchors and aliases (& and *) are not read");
  };
  const value: unknown = yaml.safeLoad(text, { schema, listener });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refused(1, "is not a list of keys and values");
  }
  return value;
}
