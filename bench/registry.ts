import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import matter from "gray-matter";
import { createCatalog } from "../src/catalog/index.ts";

/**
 * Measures the registry with SKILL_COUNT skills: the first read, a second in the same process, and one in the next
 * process. The floors for comparison are a plain synchronous walk that parses every file, and one that only calls
 * lstat. Medians of ROUNDS rounds.
 */
const SKILL_COUNT = 5_000;
const ROUNDS = 7;

const WORDS =
  "plan review deploy test write query schema report graph layout secret token cluster stream cache index release note audit colour".split(
    " ",
  );

/** A skill of the median size of published ones: 350 bytes of frontmatter, 4.8 kB in total. */
function skill(n: number): string {
  const word = (offset: number) => WORDS[(n * 7 + offset * 13) % WORDS.length]!;
  const description = Array.from({ length: 24 }, (_, at) => word(at)).join(" ");
  const tags = `tags: [${word(1)}, ${word(2)}]\nallowed-tools: Read, Grep, Bash(git add:*)\nlicense: MIT\n`;
  const text = `# ${word(0)} ${n}\n\n${`${description}. `.repeat(30)}`.slice(0, 4_400);
  return `---\nname: ${word(0)}-${word(3)}-${n}\ndescription: ${description}\n${tags}metadata:\n  version: "1.0"\n---\n\n${text}\n`;
}

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

function parseAll(root: string): number {
  let named = 0;
  for (const path of files(root)) if (matter(readFileSync(path, "utf8"), {}).data.name !== undefined) named++;
  return named;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

const directory = mkdtempSync(join(tmpdir(), "baton-bench-"));
const root = join(directory, "skills");
for (let n = 0; n < SKILL_COUNT; n++) {
  mkdirSync(join(root, `s${n}`), { recursive: true });
  writeFileSync(join(root, `s${n}/SKILL.md`), skill(n));
}

const times: Record<string, number[]> = {};
function time<T>(name: string, act: () => T): T {
  const began = performance.now();
  const result = act();
  times[name] = [...(times[name] ?? []), performance.now() - began];
  return result;
}

const cacheFile = join(directory, "catalog.json");
const catalog = (file?: string) =>
  createCatalog({ roots: [root], project: directory, cacheFile: file, version: "bench", now: Date.now });

for (let round = 0; round < ROUNDS; round++) {
  rmSync(cacheFile, { force: true });
  if (time("parse", () => parseAll(root)) !== SKILL_COUNT) throw new Error("the floor did not read all skills");
  const cold = catalog();
  if (time("cold", () => cold.survey([root])).records.length !== SKILL_COUNT)
    throw new Error("the registry did not read all skills");
  time("stats", () => files(root).map((path) => lstatSync(path).size));
  time("warm", () => cold.survey([root]));
  const writer = catalog(cacheFile);
  time("write", () => writer.survey([root]));
  time("next", () => catalog(cacheFile).survey([root]));
  writer.scan();
  time("index", () => writer.search("review plan"));
  time("search", () => writer.search("review cluster secrets"));
  writer.matching(["plan"]);
  time("needs", () => writer.matching(["review", "cluster", "audit"]));
}

const ms = (name: string): string => `${median(times[name]!).toFixed(1).padStart(8)} ms`;
const against = (name: string, floor: string): string =>
  `${ms(name)}   floor ${ms(floor)}   ratio ${(median(times[name]!) / median(times[floor]!)).toFixed(2)}`;
process.stdout.write(
  [
    `${SKILL_COUNT} skills, median of ${ROUNDS}`,
    `cold: walk, read, parse, rank      ${against("cold", "parse")}   (a plain walk that parses)`,
    `warm: nothing has changed          ${against("warm", "stats")}   (a plain walk with lstat of each file)`,
    `next process, from the cache file  ${against("next", "parse")}   (${(statSync(cacheFile).size / SKILL_COUNT).toFixed(0)} bytes a skill)`,
    `cold, and the cache file written   ${ms("write")}`,
    `first search (makes the index)     ${ms("index")}`,
    `search                             ${ms("search")}`,
    `needs                              ${ms("needs")}`,
    "",
  ].join("\n"),
);
rmSync(directory, { recursive: true });
