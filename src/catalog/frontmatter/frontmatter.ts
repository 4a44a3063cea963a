import type { CapabilityIssue } from "../../model/capability.ts";
import { decode, offsetOfLine } from "./decode.ts";
import { type Block, findBlock } from "./frontmatter-block.ts";
import { repairBlock } from "./repair.ts";
import { readTypedYaml, readYaml, type YamlMistake } from "./yaml.ts";

/** The frontmatter of a file: every value is text, a list or a map, as written. */
export interface Frontmatter {
  readonly fields: Readonly<Record<string, unknown>>;
  /** A key's value with numbers and booleans parsed, for schemas. `undefined` in a repaired block. */
  readonly typed: (key: string) => unknown;
  readonly mode: "strict" | "repaired";
  /** The line of a top-level key, for findings. */
  readonly lineOf: (key: string) => number | undefined;
  readonly bodyOffset: number;
  readonly bodyLine: number;
}

export interface ReadFrontmatter {
  readonly frontmatter?: Frontmatter;
  readonly findings: CapabilityIssue[];
}

/** Reads the frontmatter as YAML, and repairs it where it is not valid YAML. Never throws. */
export function readFrontmatter(bytes: Uint8Array): ReadFrontmatter {
  const { text, findings } = decode(bytes);
  const block = findBlock(text);
  // A wrong encoding explains missing frontmatter better.
  if ("code" in block) return { findings: findings[0] ? [{ ...findings[0], effect: "refused" }] : [block] };
  findings.push(...block.findings);
  const strict = readYaml(block.text);
  if ("map" in strict) {
    const cut = commentInDescription(block);
    if (cut) findings.push(cut);
    return { frontmatter: frontmatterOf(bytes, block, strict.map, "strict"), findings };
  }
  const shorter = shortened(block, strict.mistake);
  const read = shorter ? readYaml(shorter.text) : strict;
  findings.push(shorter ? unclosed(shorter) : repaired(block, strict.mistake));
  const taken = shorter ?? block;
  const fields = "map" in read ? read.map : repairBlock(taken.text);
  return { frontmatter: frontmatterOf(bytes, taken, fields, "repaired"), findings };
}

function frontmatterOf(
  bytes: Uint8Array,
  block: Block,
  fields: Readonly<Record<string, unknown>>,
  mode: Frontmatter["mode"],
): Frontmatter {
  return {
    fields,
    mode,
    typed(key) {
      const typed = mode === "strict" ? readTypedYaml(block.text) : undefined;
      return typed && "map" in typed && Object.hasOwn(typed.map, key) ? typed.map[key] : undefined;
    },
    lineOf(key) {
      const at = block.text.split("\n").findIndex((line) => line.replace(/^["']/, "").startsWith(key));
      return at < 0 ? undefined : block.fenceLine + 1 + at;
    },
    bodyOffset: offsetOfLine(bytes, block.bodyLine),
    bodyLine: block.bodyLine,
  };
}

/** Ends an unclosed block at the body's first heading, if its mistake lies after that heading. */
function shortened({ untilHeading, ...block }: Block, { line }: YamlMistake): Block | undefined {
  if (!untilHeading) return undefined;
  const beyond = block.fenceLine + line >= untilHeading.bodyLine;
  return beyond || "map" in readYaml(untilHeading.text) ? { ...block, ...untilHeading } : undefined;
}

const unclosed = ({ bodyLine }: Block): CapabilityIssue => ({
  code: "unclosed",
  effect: "repaired",
  line: bodyLine,
  message: "the frontmatter is not closed before the body's first heading",
  mend: 'Write a line of three dashes, "---", before it.',
});

const repaired = ({ fenceLine }: Block, { line, message }: YamlMistake): CapabilityIssue => ({
  code: "yaml-repaired",
  effect: "repaired",
  line: fenceLine + line,
  message: `the frontmatter is not valid YAML: ${plainly(message)}`,
  mend: 'Put text that contains ": " or starts with a special character in double quotes, or indent it below "description: >-".',
});

/** Replaces the parser's most common messages with words that lead to the mistake. */
const plainly = (message: string): string =>
  /^(incomplete explicit mapping pair|bad indentation of a mapping entry)/.test(message)
    ? 'a text without quotes contains ": ", or its lines are not indented'
    : message;

/** YAML silently cuts `Use for C# and #tags` at ` #`. */
function commentInDescription({ text, fenceLine }: Block): CapabilityIssue | undefined {
  const at = text.split("\n").findIndex((line) => /^description:[ \t]+[^"'|>\s].*[ \t]#/.test(line));
  if (at < 0) return undefined;
  return {
    code: "comment-cut",
    effect: "advice",
    line: fenceLine + 1 + at,
    message: 'the description ends at " #": YAML reads the rest as a comment',
    mend: "Put the description in double quotes.",
  };
}
