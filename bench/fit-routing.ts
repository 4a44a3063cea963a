// Fits the weights of goal routing on the tuning goals and judges them by author: fitted on all files but one, measured on that one.
// `npm run bench fit-routing`; with `write` it makes the tables of src/advice anew.
import { writeFileSync } from "node:fs";
import { hear } from "../src/advice/route.ts";
import { WORKFLOW_TYPES } from "../src/model/routing.ts";
import { contextOf, goalsOf, shippedTemplates, TUNING } from "../test/rig/goals.ts";

/** How strongly weights are held back: little where a trait is rare and plain, more for single words, of which there are many. */
const HELD = {
  start: 0.01,
  any: 2,
  place: 4,
  form: 1,
  template: 1,
};
const ROUNDS = 250;
const TEMPLATE_PRIOR: Readonly<Record<string, number>> = {
  "template.unlikely": -1.8,
  "template.named": 4,
  "template.named.partly": 3,
  "template.described": 3,
  "template.patterned": 2,
  "template.given": 0.7,
  "template.run": 1,
  "template.changed": -2.2,
  "template.faulty": -1.2,
};
/** What a tech lead would expect of traits that are too rare to be learned from the goals alone. */
const EXPECTED: Readonly<Record<string, readonly [number, number, number, number]>> = {
  addition: [0, -0.3, 1.8, 0],
  better: [-0.3, 0.7, 0, 0],
  "build+product": [0, 0, 0, 1.5],
  "clauses.more": [0, 0, 2.5, 0],
  "clauses.two": [0, 0, 1.2, 0],
  "counted.any": [0, 0, 1.5, 0],
  "create+part": [-0.6, 0.8, 0, 0],
  "create+product": [0, 0, 0, 1.2],
  "decompose.any": [0, 0, 0, 1.5],
  dozens: [-0.3, 0.5, 0, 0],
  jump: [-1, 1.5, 0, 0],
  "large.any": [-0.3, 0, 0, 0.7],
  "like.any": [-0.5, -0.3, 0, 2.5],
  "list.acts": [2, 0, -1, 0],
  "list.back": [0.5, 0, -0.5, 0],
  "list.criteria": [0, 2, -0.5, 0],
  "list.more": [0, 0, 2, 0],
  "list.parts": [0, 0, 0, 2],
  "list.repro": [2, 0, -0.5, 0],
  "list.titled": [0, 0.7, -0.5, 0],
  "list.titled.vast": [0, 0, -0.5, 1.5],
  "list.two": [0, 0, 1, 0],
  "list.verbs": [0, 0, 0.7, 0],
  measured: [0, 0.4, 0, 0],
  "create.lead": [-0.4, 0.8, 0, 0],
  "patch.head": [2, -0.8, 0, 0],
  "patch.object": [1.5, -0.5, 0, 0],
  patched: [0.8, -0.3, 0, 0],
  "pieces.faults": [0, 0, 1.2, 0],
  "planned.any": [1.5, 0, 0, 0],
  "planning.any": [0, 1.5, 0, 0],
  "product.any": [-0.3, 0, 0, 0.7],
  "repair.lead": [1.2, 0, 0, 0],
  "rework+large": [-0.5, 0.2, 0, 0.5],
  "rework+product": [-0.5, 0, 0, 1],
  stories: [0, -1, 4, 0],
  story: [-0.5, 1, 0, 0],
  "tests.many": [-0.2, 0.6, 0, 0],
  "tests.one": [0.6, -0.2, 0, 0],
  tickets: [0, 0, 1, 0],
  "told+event": [1, -0.2, 0, 0],
  "told+product+noun": [0, 0, 0, 1.2],
  tools: [-0.4, 0.7, 0, 0],
  trace: [2, 0, 0, 0],
  "tweak+wide": [-0.6, 0.8, 0, 0],
};
const FILES = TUNING;
const PLACED = /^([a-z]+)\.(?:lead|head|object|plain|title|body)$/;
const TYPES = WORKFLOW_TYPES.length;

interface Term {
  readonly name: string;
  readonly value: number;
  /** The template that it speaks of; if absent it speaks of all workflow types. */
  readonly label?: number;
}
interface Row {
  readonly file: number;
  readonly goal: string;
  readonly kind: string;
  readonly target: number;
  readonly labels: readonly string[];
  readonly terms: readonly Term[];
}

const templates = shippedTemplates();
const rows: Row[] = FILES.flatMap((name, file) =>
  goalsOf(name)
    .filter(({ context }) => !context)
    .map(({ goal, label, kind }) => rowOf(file, goal, label, kind)),
);

function rowOf(file: number, goal: string, label: string, kind: string): Row {
  const { labels, evidence } = hear(goal, contextOf(templates));
  const terms: Term[] = [{ name: "start", value: 1 }];
  for (const { name, value, weights } of evidence)
    if (name.startsWith("template.")) terms.push({ name, value, label: labels.indexOf(Object.keys(weights)[0]!) });
    else {
      terms.push({ name, value });
      const placed = PLACED.exec(name);
      if (placed) terms.push({ name: `${placed[1]}.any`, value });
    }
  return { file, goal, kind, target: labels.indexOf(label), labels, terms };
}

interface Fit {
  readonly at: ReadonlyMap<string, number>;
  readonly weights: Float64Array;
}

const heldOf = (name: string): number => {
  if (name === "start") return HELD.start;
  if (name.startsWith("template.")) return HELD.template;
  if (name.endsWith(".any")) return HELD.any;
  return PLACED.test(name) ? HELD.place : HELD.form;
};

/** Regularised maximum likelihood over all labels of each goal, by Adam. */
function fitted(on: readonly Row[]): Fit {
  const at = new Map<string, number>();
  const held: number[] = [];
  const prior: number[] = [];
  const compiled = on.map((row) => ({
    target: row.target,
    labels: row.labels.length,
    terms: row.terms.map(({ name, value, label }) => {
      if (!at.has(name)) {
        at.set(name, held.length);
        for (let type = 0; type < (label === undefined ? TYPES : 1); type++) {
          held.push(heldOf(name));
          prior.push(TEMPLATE_PRIOR[name] ?? EXPECTED[name]?.[type] ?? 0);
        }
      }
      return { from: at.get(name)!, value, label };
    }),
  }));
  const weights = Float64Array.from(prior);
  const first = new Float64Array(weights.length);
  const second = new Float64Array(weights.length);
  for (let round = 1; round <= ROUNDS; round++) {
    const slope = weights.map((weight, index) => held[index]! * (weight - prior[index]!));
    for (const { target, labels, terms } of compiled) {
      const scores = new Float64Array(labels);
      for (const { from, value, label } of terms)
        if (label !== undefined) scores[label]! += value * weights[from]!;
        else for (let type = 0; type < TYPES; type++) scores[type]! += value * weights[from + type]!;
      const shares = softmax([...scores]);
      shares[target]! -= 1;
      for (const { from, value, label } of terms)
        if (label !== undefined) slope[from]! += value * shares[label]!;
        else for (let type = 0; type < TYPES; type++) slope[from + type]! += value * shares[type]!;
    }
    const pace = round < ROUNDS * 0.6 ? 0.08 : 0.02;
    for (let index = 0; index < weights.length; index++) {
      first[index] = 0.9 * first[index]! + 0.1 * slope[index]!;
      second[index] = 0.99 * second[index]! + 0.01 * slope[index]! ** 2;
      weights[index]! -=
        (pace * (first[index]! / (1 - 0.9 ** round))) / (Math.sqrt(second[index]! / (1 - 0.99 ** round)) + 1e-6);
    }
  }
  return { at, weights: weights.map((weight) => Math.round(weight * 10) / 10) };
}

function softmax(all: readonly number[]): number[] {
  const top = Math.max(...all);
  const raised = all.map((one) => Math.exp(one - top));
  const total = raised.reduce((sum, one) => sum + one, 0);
  return raised.map((one) => one / total);
}

function scoresOf(row: Row, { at, weights }: Fit): number[] {
  const scores = row.labels.map(() => 0);
  for (const { name, value, label } of row.terms) {
    const from = at.get(name);
    if (from === undefined) continue;
    if (label !== undefined) scores[label]! += value * weights[from]!;
    else for (let type = 0; type < TYPES; type++) scores[type]! += value * weights[from + type]!;
  }
  return scores;
}

const best = (all: readonly number[]) => all.indexOf(Math.max(...all));
const byAuthor: Record<string, number> = {};
const judged: { row: Row; scores: number[] }[] = [];
for (const [file, name] of FILES.entries()) {
  const fit = fitted(rows.filter((row) => row.file !== file));
  const those = rows.filter((row) => row.file === file).map((row) => ({ row, scores: scoresOf(row, fit) }));
  judged.push(...those);
  const right = those.filter(({ row, scores }) => best(scores) === row.target).length;
  byAuthor[name] = Math.round((1000 * right) / those.length) / 1000;
  console.log(`${name}, by the others: ${((100 * right) / those.length).toFixed(1)}%`);
  if (process.argv.includes("misses"))
    for (const { row, scores } of those)
      if (best(scores) !== row.target)
        console.log(
          " ",
          row.labels[row.target]!.slice(0, 6),
          "→",
          row.labels[best(scores)]!.slice(0, 6),
          softmax(scores)[best(scores)]!.toFixed(2),
          JSON.stringify(row.goal.slice(0, 170)),
          row.terms
            .map(({ name: term }) => term)
            .filter((term) => !/^template|any$|start/.test(term))
            .join(" "),
        );
}
const all = judged.filter(({ row, scores }) => best(scores) === row.target).length;
console.log(`all: ${((100 * all) / judged.length).toFixed(1)}%`);
for (const label of [0, 1, 2, 3, 4]) {
  const those = judged.filter(({ row }) => Math.min(4, row.target) === label);
  console.log(
    label === 4 ? "templates" : WORKFLOW_TYPES[label],
    `${those.filter(({ row, scores }) => best(scores) === row.target).length} of ${those.length}`,
  );
}
for (const temperature of [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4]) {
  const loss = judged.reduce(
    (sum, { row, scores }) => sum - Math.log(softmax(scores.map((score) => score / temperature))[row.target]!),
    0,
  );
  console.log(`temperature ${temperature}: loss ${(loss / judged.length).toFixed(3)}`);
}
if (process.argv.includes("write")) writeTables(fitted(rows));

/** Rounded to tenths, which is as much as they are known. */
function writeTables({ at, weights }: Fit) {
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
    "src/advice/weights.ts",
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
  writeFileSync("test/fixtures/goals/by-author.json", `${JSON.stringify(byAuthor, undefined, 2)}\n`);
  console.log(`${placed.length} ideas in their places, ${formed.length} traits written`);
}
