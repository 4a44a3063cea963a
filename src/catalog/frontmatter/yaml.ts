import matter from "gray-matter";
import yaml from "js-yaml";

/** Why a block is not the YAML it should be. `line` counts from the opening fence, which is 0. */
export interface YamlMistake {
  readonly line: number;
  readonly message: string;
}

export type Yaml = { readonly map: Readonly<Record<string, unknown>> } | { readonly mistake: YamlMistake };

/** Nothing that people write by hand is deeper; parsers run out of stack far beyond. */
const MAX_YAML_DEPTH = 64;

class Refused extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads a block strictly: a map, unique keys, every scalar as it is written (so that `1.10` stays `1.10` and a date
 * stays text), and no anchors, without which there are no aliases, neither bombs nor cycles.
 */
export function readYaml(block: string): Yaml {
  return guarded(block, yaml.FAILSAFE_SCHEMA);
}

/** The same with numbers, truth values and null: for JSON Schemas, in which they matter. */
export function readTypedYaml(block: string): Yaml {
  return guarded(block, yaml.JSON_SCHEMA);
}

function guarded(block: string, schema: yaml.Schema): Yaml {
  try {
    // Options keep gray-matter from its cache, which forgets errors. The fence is ours: no language can stand on it.
    const file = matter(`---\n${block}\n---\n`, { language: "yaml", engines: enginesFor(schema) });
    // It closes at anything that begins with three dashes.
    if (file.matter.length < block.length) return mistake(file.matter.split("\n").length, "a line begins with dashes");
    return { map: file.data };
  } catch (error) {
    if (error instanceof Refused) return mistake(error.line, error.message);
    if (error instanceof yaml.YAMLException) {
      // The types know nothing of the mark.
      const { mark, reason } = error as unknown as { mark?: { line?: number }; reason?: string };
      return mistake(mark?.line ?? 1, reason ?? "is not YAML");
    }
    // A parser that ran out of stack: what it was given is still only text.
    return mistake(1, error instanceof Error ? error.message : String(error));
  }
}

const mistake = (line: number, message: string): Yaml => ({ mistake: { line, message: message.split("\n")[0]! } });

type Engines = NonNullable<NonNullable<Parameters<typeof matter>[1]>["engines"]>;

const engines = new Map<yaml.Schema, Engines>();

/**
 * gray-matter takes the parser from the file, and some of its parsers run code (decision 6). All are overridden here
 * under their canonical names and their aliases; only YAML is read.
 */
function enginesFor(schema: yaml.Schema): Engines {
  const known = engines.get(schema);
  if (known) return known;
  const reject = {
    parse(): never {
      throw new Refused(0, "has an unsupported language; only YAML is supported");
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
  // js-yaml calls back at every node's beginning and end; its types know only part of what it hands over.
  const listener = (event: yaml.EventType, state: yaml.State): void => {
    const { line, anchor } = state as unknown as { line: number; anchor: string | null };
    if (event === "open" && ++depth > MAX_YAML_DEPTH)
      throw new Refused(line, `is nested deeper than ${MAX_YAML_DEPTH} levels`);
    if (event === "close") depth--;
    if (event === "close" && anchor !== null)
      throw new Refused(line, "anchors and aliases (& and *) are not supported");
  };
  const value: unknown = yaml.safeLoad(text, { schema, listener });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refused(1, "is not a list of keys and values");
  }
  return value;
}
