import { readFileSync, writeFileSync } from "node:fs";
import { KNOWN } from "../../src/routing/flow.ts";
import { PLACES, UNIT } from "../../src/routing/letters.ts";
import { type Fit, PLACED, TYPES } from "./fit.ts";

const MADE = "// Made by `npm run bench fit-routing write` from the tuning goals; edit goals, and fit anew.\n";
const BEGINNINGS = "src/routing/beginnings.ts";
const SEVERAL = 4;

/** Rounded to tenths, which is as much as they are known. */
export function writeTables({ at, weights, letters }: Fit): void {
  const by = (from: number) => Array.from({ length: TYPES }, (_, type) => weights[from + type]!);
  const told = (all: readonly number[]) => all.map((weight) => String(Math.round(weight * 10) / 10 || 0)).join(", ");
  const row = (name: string, all: readonly number[]) =>
    /[1-9]/.test(told(all)) ? [`  ${/^[a-z]+$/.test(name) ? name : JSON.stringify(name)}: by(${told(all)}),`] : [];
  const names = [...at.keys()].sort();
  const placed = names.flatMap((name) => {
    const idea = PLACED.exec(name)?.[1];
    if (idea === undefined) return [];
    const any = by(at.get(`${idea}.any`)!);
    return row(
      name,
      by(at.get(name)!).map((weight, type) => weight + any[type]!),
    );
  });
  const formed = names.flatMap((name) =>
    name === "start" || name.endsWith(".any") || PLACED.test(name) || name.startsWith("template.")
      ? []
      : row(name, by(at.get(name)!)),
  );
  const templated = names
    .filter((name) => name.startsWith("template."))
    .map((name) => `  ${JSON.stringify(name.slice(9))}: ${Math.round(weights[at.get(name)!]! * 10) / 10},`);
  writeFileSync(
    "src/routing/weights.ts",
    `// Made by \`npm run bench fit-routing write\` from the tuning goals; edit cues, traits or goals, and fit anew.
import type { WorkflowType } from "../model/routing.ts";

export type Weights = Readonly<Partial<Record<WorkflowType, number>>>;

const by = (build_only: number, plan_then_build: number, multi_task: number, decompose_first: number): Weights => ({
  build_only,
  plan_then_build,
  multi_task,
  decompose_first,
});

/** Before anything is read. */
export const START: Weights = by(${told(by(at.get("start")!))});

/** What an idea is worth where it stands. */
const OF_WORDS: Readonly<Record<string, Weights>> = {
${placed.join("\n")}
};

/** What a trait is worth where it is met. */
const OF_FORM: Readonly<Record<string, Weights>> = {
${formed.join("\n")}
};

export const WEIGHTS: Readonly<Record<string, Weights>> = { ...OF_WORDS, ...OF_FORM };

/** What speaks for a template, and against it: most goals are for none. */
export const OF_TEMPLATES: Readonly<Record<string, number>> = {
${templated.join("\n")}
};
`,
  );
  const bytes = Int8Array.from(letters, (weight) => Math.max(-127, Math.min(127, Math.round(weight * UNIT))));
  const text = Buffer.from(bytes.buffer)
    .toString("base64")
    .match(/.{1,140}/g)!;
  writeFileSync(
    "src/routing/letter-weights.ts",
    `${MADE}
/** A byte for each place and workflow type, in units of \`UNIT\`. */
export const LETTERS = \`
${text.join("\n")}
\`;
`,
  );
  console.log(`${placed.length} ideas in their places, ${formed.length} traits, ${PLACES} places of letters written`);
}

/** The words that several goals begin with. Returns whether there were others before, with which the goals have then been read. */
export function writeBeginnings(firsts: readonly string[]): boolean {
  const counts = new Map<string, number>();
  for (const word of firsts) counts.set(word, (counts.get(word) ?? 0) + 1);
  const several = [...counts].filter(([word, count]) => count >= SEVERAL && !KNOWN.has(word) && /\p{L}/u.test(word));
  const lines = several
    .map(([word]) => word)
    .sort()
    .join(" ")
    .replace(/(.{1,130})(?: |$)/g, "$1\n");
  const next = `${MADE}
/** The words that several of them begin with: mostly verbs that ask, in the languages in which people ask. */
export const BEGINNINGS = \`
${lines}\`;
`;
  const changed = readFileSync(BEGINNINGS, "utf8") !== next;
  writeFileSync(BEGINNINGS, next);
  return changed;
}
