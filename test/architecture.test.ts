import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));

/** Which rooms a room may import from, itself aside. Imports go down; rooms on one floor do not know each other. */
const FENCES: Readonly<Record<string, readonly string[]>> = {
  model: [],
  run: ["model"],
  workflow: ["model"],
  reach: ["model"],
  routing: ["model", "workflow"],
  session: ["model", "run"],
  os: ["model"],
  observe: ["model"],
  store: ["model", "os"],
  trust: ["model", "os"],
  catalog: ["model", "os"],
  library: ["model", "os", "workflow"],
  git: ["model", "os"],
  project: ["model", "os"],
  engine: ["model", "run", "workflow", "os"],
  operations: ["model", "run", "workflow", "routing", "session", "os", "git", "project", "engine"],
  mcp: ["model", "observe", "operations", "reach"],
  cli: ["model", "os", "operations", "reach"],
};
/** The top of the house: `main.ts`, `app.ts` and `config.ts` put everything together. Faces may know the shape of what they are given. */
const TOP = "the top";
const TYPES_FROM_TOP = ["cli"];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const roomOf = (file: string) => (file.includes("/") ? file.slice(0, file.indexOf("/")) : TOP);

const imports = files.flatMap((file): Import[] => {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)";/gms)].map(([, typeOnly, path]) => ({
    file,
    target: relative(src, resolve(src, dirname(file), path!)),
    typeOnly: typeOnly !== undefined,
  }));
});

test("imports go down only", () => {
  const crossed = imports.filter(({ file, target, typeOnly }) => {
    const [from, to] = [roomOf(file), roomOf(target)];
    if (from === to || from === TOP) return false;
    if (to === TOP) return !(typeOnly && TYPES_FROM_TOP.includes(from));
    return !FENCES[from]?.includes(to);
  });
  expect(
    crossed.map(({ file, target }) => `${file} imports ${target}: ${roomOf(file)} may not know ${roomOf(target)}`),
  ).toEqual([]);
});

test("every room is in the table", () => {
  expect(new Set(files.map(roomOf))).toEqual(new Set([...Object.keys(FENCES), TOP]));
});

test("no file imports itself, however indirectly", () => {
  const edges = new Map<string, string[]>();
  for (const { file, target, typeOnly } of imports)
    if (!typeOnly) edges.set(file, [...(edges.get(file) ?? []), target]);
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

test("rules know no IO, no clock and no chance", () => {
  const pure = files.filter((file) =>
    ["model", "run", "workflow", "routing", "session", "reach"].includes(roomOf(file)),
  );
  for (const file of pure) {
    const text = readFileSync(join(src, file), "utf8");
    expect(text, file).not.toMatch(
      /from "node:|Date\.now\(|new Date\(\)|Math\.random\(|\bperformance\.[a-z]|\bprocess\.[a-z]|\bsetTimeout\(/,
    );
  }
});

test("only main.ts reads argv and environment; stdout belongs to the faces", () => {
  for (const file of files) {
    const text = readFileSync(join(src, file), "utf8");
    if (file !== "main.ts") expect(text, file).not.toMatch(/process\.(argv|env|exit)\b/);
    if (file !== "main.ts" && file !== "mcp/server.ts") expect(text, file).not.toMatch(/process\.stdout/);
  }
});
