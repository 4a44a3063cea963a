import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));

/** Which rooms a room may import from, itself aside. Imports go down; rooms on one floor do not import each other. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  run: ["model"],
  workflow: ["model"],
  hosts: ["model"],
  routing: ["model", "workflow"],
  session: ["model", "run", "routing"],
  system: ["model"],
  observe: ["model"],
  store: ["model", "run", "system"],
  trust: ["model", "system"],
  catalog: ["model", "system"],
  templates: ["model", "system", "workflow"],
  git: ["model", "system"],
  project: ["model", "system"],
  engine: ["model", "run", "workflow", "system"],
  operations: ["model", "run", "workflow", "routing", "session", "system", "git", "project", "engine"],
  mcp: ["model", "observe", "operations", "hosts"],
  cli: ["model", "system", "operations", "hosts"],
};

/** A room's files that lie in no sub-room, and those of them that put the room together. */
const OWN = ".";
const TABLE = "index.ts";

/** The sub-rooms of a room, from the top down: each may import only those to its right. */
const SUB_ROOMS: Readonly<Record<string, readonly string[]>> = {
  model: ["contracts", OWN, "deliveries", "regex", "text", "data"],
  run: ["view", OWN, "assignment", "worker", "features", "state", "schema"],
  workflow: [OWN, "draw", "check", "dialect", "graph", "schema", "shell", "expression", "source", "diagnostics"],
  routing: [OWN, "parameters", "features", "text", "lexicon", "fitted"],
  store: [OWN, "file"],
  catalog: [OWN, "frontmatter"],
  engine: ["headless", "steps", "servers", OWN, "owner"],
  operations: [
    TABLE,
    "briefing",
    "session",
    "template",
    "capability",
    "handoff",
    "checkpoint",
    "trust",
    "run",
    "workflow",
    OWN,
  ],
  mcp: [OWN, "tools"],
};

const MAX_FILES_PER_FOLDER = 24;
const MAX_LINES_PER_FILE = 300;
/** Rules of routing stay few; what a goal needs besides is judged in `session`. */
const MAX_LINES_OF_ROUTING = 1_500;
/** Tables that a script writes. */
const FITTED = /^routing\/fitted\//;

/**
 * The top: `main.ts`, `app.ts` and `config.ts` put everything together. Faces may import the types of their arguments.
 */
const TOP = "the top";
const TYPES_FROM_TOP = ["cli"];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const roomOf = (file: string) => (file.includes("/") ? file.slice(0, file.indexOf("/")) : TOP);

/** The sub-room that a file lies in. A room without sub-rooms in the table has none. */
function subRoomOf(file: string): string | undefined {
  const order = SUB_ROOMS[roomOf(file)];
  const [, first, ...rest] = file.split("/");
  if (!order || first === undefined) return undefined;
  if (rest.length > 0) return first;
  return first === TABLE && order.includes(TABLE) ? TABLE : OWN;
}

const linesOf = (file: string) => readFileSync(join(src, file), "utf8").split("\n").length - 1;

const imports = files.flatMap((file): Import[] => {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)";/gms)].map(([, typeOnly, path]) => ({
    file,
    target: relative(src, resolve(src, dirname(file), path!)),
    typeOnly: typeOnly !== undefined,
  }));
});

test("a room imports only the rooms below", () => {
  const crossed = imports.filter(({ file, target, typeOnly }) => {
    const [from, to] = [roomOf(file), roomOf(target)];
    if (from === to || from === TOP) return false;
    if (to === TOP) return !(typeOnly && TYPES_FROM_TOP.includes(from));
    return !ROOMS[from]?.includes(to);
  });
  expect(
    crossed.map(({ file, target }) => `${file} imports ${target}: ${roomOf(file)} may not know ${roomOf(target)}`),
  ).toEqual([]);
});

test("a sub-room imports only the sub-rooms below", () => {
  const crossed = imports.filter(({ file, target }) => {
    const [from, to] = [subRoomOf(file), subRoomOf(target)];
    if (roomOf(file) !== roomOf(target) || from === undefined || to === undefined || from === to) return false;
    const order = SUB_ROOMS[roomOf(file)]!;
    return order.indexOf(from) > order.indexOf(to);
  });
  expect(
    crossed.map(({ file, target }) => `${file} imports ${target}: ${subRoomOf(file)} is below ${subRoomOf(target)}`),
  ).toEqual([]);
});

test("a feature of runs imports no other feature, and only the table lists it", () => {
  const isFeature = (file: string) => /^run\/features\/(?!index\.ts)/.test(file);
  const features = files.filter(isFeature);
  expect(imports.filter(({ file, target }) => isFeature(file) && isFeature(target))).toEqual([]);
  const listed = imports.filter(({ file }) => file === "run/features/index.ts").map(({ target }) => target);
  expect(listed.filter(isFeature).sort()).toEqual(features.sort());
});

test("what every run has in common reads no field that a feature adds", () => {
  const common = files.filter((file) => /^run\/(state\/)?[^/]+\.ts$/.test(file));
  const declarations = /interface (?:FeatureState|StepState) \{(.*?)\n {2}\}/gs;
  for (const feature of files.filter((file) => /^run\/features\//.test(file))) {
    const text = readFileSync(join(src, feature), "utf8");
    const fields = [...text.matchAll(declarations)].flatMap(([, body]) =>
      [...body!.matchAll(/^ {4}(?:readonly )?(\w+)\??:/gm)].map(([, field]) => field!),
    );
    for (const field of fields)
      for (const file of common)
        expect(readFileSync(join(src, file), "utf8"), `${file} and ${field}`).not.toMatch(new RegExp(`\\b${field}\\b`));
  }
});

test("the table lists every sub-room", () => {
  for (const [room, order] of Object.entries(SUB_ROOMS)) {
    const found = new Set(files.filter((file) => roomOf(file) === room).map(subRoomOf));
    expect([...found].sort(), room).toEqual([...order].sort());
  }
  const divided = new Set(files.filter((file) => file.split("/").length > 2).map(roomOf));
  expect([...divided].sort()).toEqual(Object.keys(SUB_ROOMS).sort());
});

test("folders and files stay within their size limits", () => {
  const folders = new Map<string, number>();
  for (const file of files) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
  expect([...folders].filter(([, count]) => count > MAX_FILES_PER_FOLDER)).toEqual([]);
  const long = files.filter((file) => !FITTED.test(file) && linesOf(file) > MAX_LINES_PER_FILE);
  expect(long).toEqual([]);
});

test("routing stays small beside its tables", () => {
  const rules = files.filter((file) => /^routing\/(?!fitted\/|lexicon\/)/.test(file));
  expect(rules.reduce((total, file) => total + linesOf(file), 0)).toBeLessThanOrEqual(MAX_LINES_OF_ROUTING);
});

test("the table lists every room", () => {
  expect(new Set(files.map(roomOf))).toEqual(new Set([...Object.keys(ROOMS), TOP]));
});

test("no file imports itself, directly or indirectly, types included", () => {
  const edges = new Map<string, string[]>();
  for (const { file, target } of imports) edges.set(file, [...(edges.get(file) ?? []), target]);
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]): string | undefined => {
    if (state.get(file) === "done") return undefined;
    if (state.get(file) === "open") return [...path.slice(path.indexOf(file)), file].join(" → ");
    state.set(file, "open");
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle) return cycle;
    }
    state.set(file, "done");
    return undefined;
  };
  for (const file of files) expect(visit(file, [])).toBeUndefined();
});

test("rules use no IO, no clock and no randomness", () => {
  const pure = files.filter((file) =>
    ["model", "run", "workflow", "routing", "session", "hosts"].includes(roomOf(file)),
  );
  for (const file of pure) {
    const text = readFileSync(join(src, file), "utf8");
    expect(text, file).not.toMatch(
      /from "node:|Date\.now\(|new Date\(\)|Math\.random\(|\bperformance\.[a-z]|\bprocess\.[a-z]|\bsetTimeout\(/,
    );
  }
});

test("only main.ts reads argv and environment, and only faces write to stdout", () => {
  for (const file of files) {
    const text = readFileSync(join(src, file), "utf8");
    if (file !== "main.ts") expect(text, file).not.toMatch(/process\.(argv|env|exit)\b/);
    if (file !== "main.ts" && file !== "mcp/server.ts") expect(text, file).not.toMatch(/process\.stdout/);
  }
});
