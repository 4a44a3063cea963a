import { readFileSync, writeFileSync } from "node:fs";
import { UNIT } from "../../src/routing/classify.ts";
import { KNOWN } from "../../src/routing/lexicon/known-words.ts";
import { type Fit, TYPES } from "./fit.ts";

const MADE =
  "// `npm run bench fit-routing write` makes this file from the tuning goals in bench/routing/goals. Edit goals, and fit again.\n";
const FITTED = "src/routing/fitted";
/** A word opens goals if so many of them begin with it. */
const MIN_GOALS = 4;

const inBytes = (weights: Float64Array): string =>
  Buffer.from(
    Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight * UNIT)))).buffer,
  ).toString("base64");
const inLines = (text: string): string => text.match(/.{1,140}/g)!.join("\n");
const rounded = (weights: Float64Array): number[] => [...weights].map((one) => Math.round(one * 100) / 100 || 0);

export function writeTables(fit: Fit, templates: readonly string[]): void {
  const form = [...fit.form].map(([name, at]): [string, number[]] => [
    name,
    rounded(fit.formWeights.slice(at * TYPES, (at + 1) * TYPES)),
  ]);
  const key = (name: string) => (/^[a-z]+$/.test(name) ? name : JSON.stringify(name));
  writeFileSync(
    `${FITTED}/form-weights.ts`,
    `${MADE}
/** What speaks for each workflow type before anything is read. */
export const START: readonly number[] = [${rounded(fit.start).join(", ")}];

/** What a feature of form says of each workflow type. */
export const FORM_WEIGHTS: Readonly<Record<string, readonly number[]>> = {
${form.map(([name, weights]) => `  ${key(name)}: [${weights.join(", ")}],`).join("\n")}
};
`,
  );
  writeFileSync(
    `${FITTED}/word-weights.ts`,
    `${MADE}
/** A byte for each place of words and each workflow type, in base64. */
export const WORD_WEIGHTS = \`
${inLines(inBytes(fit.words))}
\`;
`,
  );
  const matches = [...fit.matches].map(([name, at]) => `  ${key(name)}: ${rounded(fit.matchWeights)[at]},`);
  writeFileSync(
    `${FITTED}/template-weights.ts`,
    `${MADE}
/** What it says of any template that a goal matches it so. */
export const MATCH_WEIGHTS: Readonly<Record<string, number>> = {
${matches.join("\n")}
};

/** The shipped templates, which the classifier knows by words too. */
export const TEMPLATES: readonly string[] = [
${templates.map((name) => `  ${JSON.stringify(name)},`).join("\n")}
];

/** A byte for each place of whole words and each of these templates, in base64. */
export const TEMPLATE_WEIGHTS = \`
${inLines(inBytes(fit.templates))}
\`;
`,
  );
  console.log(`${form.length} features of form, ${matches.length} matches and the words are written`);
}

/** Writes the words that several goals begin with. Returns whether they changed: then the goals must be read again. */
export function writeOpeners(firsts: readonly string[]): boolean {
  const counts = new Map<string, number>();
  for (const word of firsts) counts.set(word, (counts.get(word) ?? 0) + 1);
  const several = [...counts].filter(([word, count]) => count >= MIN_GOALS && !KNOWN.has(word) && /\p{L}/u.test(word));
  const lines = several
    .map(([word]) => word)
    .sort()
    .join(" ")
    .replace(/(.{1,130})(?: |$)/g, "$1\n");
  const next = `${MADE}
/** The words that several goals begin with: mostly verbs that ask, in the languages in which callers write. */
export const OPENERS = \`
${lines}\`;
`;
  const changed = readFileSync(`${FITTED}/openers.ts`, "utf8") !== next;
  writeFileSync(`${FITTED}/openers.ts`, next);
  return changed;
}
