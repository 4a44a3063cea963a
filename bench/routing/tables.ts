import { readFileSync, writeFileSync } from "node:fs";
import { UNIT } from "../../src/routing/classify.ts";
import { KNOWN } from "../../src/routing/lexicon/known-words.ts";
import { type Fit, TYPE_COUNT } from "./fit.ts";

const HEADER =
  "// `npm run bench fit-routing write` writes this file from the tuning goals in bench/routing/goals. Edit the goals and fit again.\n";
const FITTED_DIRECTORY = "src/routing/fitted";
/** A word is an opener if at least this number of goals begin with it. */
const MIN_OPENER_GOALS = 4;

const inBytes = (weights: Float64Array): string =>
  Buffer.from(
    Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight * UNIT)))).buffer,
  ).toString("base64");
const inLines = (text: string): string => text.match(/.{1,140}/g)!.join("\n");
const rounded = (weights: Float64Array): number[] => [...weights].map((one) => Math.round(one * 100) / 100 || 0);

export function writeTables(fit: Fit, templates: readonly string[]): void {
  const form = [...fit.form].map(([name, at]): [string, number[]] => [
    name,
    rounded(fit.formWeights.slice(at * TYPE_COUNT, (at + 1) * TYPE_COUNT)),
  ]);
  const key = (name: string) => (/^[a-z]+$/.test(name) ? name : JSON.stringify(name));
  writeFileSync(
    `${FITTED_DIRECTORY}/form-weights.ts`,
    `${HEADER}
/** The score of each workflow type without any features. */
export const START: readonly number[] = [${rounded(fit.start).join(", ")}];

/** The weight of each form feature for each workflow type. */
export const FORM_WEIGHTS: Readonly<Record<string, readonly number[]>> = {
${form.map(([name, weights]) => `  ${key(name)}: [${weights.join(", ")}],`).join("\n")}
};
`,
  );
  writeFileSync(
    `${FITTED_DIRECTORY}/word-weights.ts`,
    `${HEADER}
/** A byte for each place of words and each workflow type, in base64. */
export const WORD_WEIGHTS = \`
${inLines(inBytes(fit.words))}
\`;
`,
  );
  const matches = [...fit.matches].map(([name, at]) => `  ${key(name)}: ${rounded(fit.matchWeights)[at]},`);
  writeFileSync(
    `${FITTED_DIRECTORY}/template-weights.ts`,
    `${HEADER}
/** The weight of each kind of match between a goal and a template. */
export const MATCH_WEIGHTS: Readonly<Record<string, number>> = {
${matches.join("\n")}
};

/** The shipped templates, for which the classifier also has word weights. */
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

/** Writes the words that several goals begin with. Returns whether they changed; then the goals must be read again. */
export function writeOpeners(firsts: readonly string[]): boolean {
  const counts = new Map<string, number>();
  for (const word of firsts) counts.set(word, (counts.get(word) ?? 0) + 1);
  const several = [...counts].filter(
    ([word, count]) => count >= MIN_OPENER_GOALS && !KNOWN.has(word) && /\p{L}/u.test(word),
  );
  const lines = several
    .map(([word]) => word)
    .sort()
    .join(" ")
    .replace(/(.{1,130})(?: |$)/g, "$1\n");
  const next = `${HEADER}
/** The words that several goals begin with: mostly verbs that ask, in the languages in which callers write. */
export const OPENERS = \`
${lines}\`;
`;
  const changed = readFileSync(`${FITTED_DIRECTORY}/openers.ts`, "utf8") !== next;
  writeFileSync(`${FITTED_DIRECTORY}/openers.ts`, next);
  return changed;
}
