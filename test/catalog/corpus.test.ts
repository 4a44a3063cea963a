import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/index.ts";
import { readCapability } from "../../src/catalog/read.ts";
import { scratch } from "../rig/baton.ts";

/** Files of other repositories with their expected readings. They are kept outside of this repository. */
const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));

interface Expected {
  readonly path: string;
  readonly kind: string;
  readonly status: "load" | "optional" | "skip";
  readonly name: string;
  readonly name_alternatives?: readonly string[];
  readonly description: string;
}

const expected = join(corpus, "expected.json");
const files: readonly Expected[] = existsSync(expected) ? JSON.parse(readFileSync(expected, "utf8")).files : [];

const fold = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

const isRight = (
  { kind, name, name_alternatives = [], description }: Expected,
  read: ReturnType<typeof readCapability>,
) =>
  read.capability?.kind === kind &&
  [name, ...name_alternatives].includes(read.capability.name) &&
  read.capability.description === fold(description);

describe.skipIf(files.length === 0)("files in the wild", () => {
  test("registers each capability file of the corpus, and no other file", () => {
    const catalog = createCatalog({ roots: [], project: scratch(), version: "test", now: Date.now });
    const { records } = catalog.survey([corpus]);
    const byPath = new Map(records.map((record) => [record.source.relativePath, record]));
    for (const file of files) {
      const record = byPath.get(file.path);
      byPath.delete(file.path);
      if (file.status === "load") {
        expect(record, file.path).toMatchObject({ kind: file.kind, description: fold(file.description) });
        expect([file.name, ...(file.name_alternatives ?? [])], file.path).toContain(record?.name);
      } else if (file.status === "skip") expect(record, file.path).toBeUndefined();
    }
    expect([...byPath.keys()]).toEqual([]);
  });

  const changes: Readonly<Record<string, (text: string) => string>> = {
    "CRLF line ends": (text) => text.replaceAll(/\r?\n/g, "\r\n"),
    "CR line ends": (text) => text.replaceAll(/\r?\n/g, "\r"),
    "a mark in front": (text) => `\uFEFF${text}`,
    "blank lines in front": (text) => `\n\n${text}`,
    "a title in front": (text) => (text.startsWith("---") ? `# A title\n\n${text}` : text),
    "a comment in front": (text) => (text.startsWith("---") ? `<!-- of\ntwo lines -->\n${text}` : text),
    "blanks after the fence": (text) => text.replace(/^---$/m, "--- \t"),
    "tabs after the colon": (text) => text.replaceAll(/^(name|description|model):[ ]+/gm, "$1:\t"),
    "a value that is not YAML": (text) => text.replace(/^(name:.*)$/m, "$1\nnote: this: is not: YAML"),
    "a key twice": (text) => text.replace(/^(name:.*)$/m, "$1\nauthor: a\nauthor: b"),
    "a code fence around": (text) => `\`\`\`markdown\n${text}\n\`\`\`\n`,
    "an indented block": (text) => block(text, (lines) => lines.map((line) => `  ${line}`)),
    "a long row of dashes at the end": (text) => block(text, (lines) => [...lines.slice(0, -1), "------"]),
    "no body": (text) => block(text, (lines) => [...lines, "\u0000"]).split("\u0000")[0] ?? "",
    "no closing fence": (text) => block(text, (lines) => lines.slice(0, -1)),
  };

  test.each(Object.entries(changes))("reads at least 99 of 100 files correctly with %s", (_, change) => {
    const known = files.filter(({ status }) => status !== "optional");
    const wrong = known.filter((file) => {
      const path = join(corpus, file.path);
      const read = readCapability(path, new TextEncoder().encode(change(readFileSync(path, "utf8"))));
      return file.status === "skip" ? read.capability !== undefined : !isRight(file, read);
    });
    expect(wrong.length / known.length, wrong.map(({ path }) => path).join("\n")).toBeLessThanOrEqual(0.01);
  });
});

/** Changes the frontmatter, fences included, where there is one. */
function block(text: string, change: (lines: readonly string[]) => readonly string[]): string {
  const lines = text.split("\n");
  const open = lines.findIndex((line) => /^---\s*$/.test(line));
  const length = lines.slice(open + 1).findIndex((line) => /^---\s*$/.test(line)) + 2;
  if (open !== 0 || length < 2) return text;
  return [...change(lines.slice(0, length)), ...lines.slice(length)].join("\n");
}
