// Fits the weights of goal routing on the tuning half, with cross-validation: `npm run bench fit-routing`. Prints what it would set, in the order of `weights.ts`.
import { readFileSync } from "node:fs";
import { evidenceIn } from "../src/advice/evidence.ts";
import { readGoal } from "../src/advice/reading.ts";
import { START, WEIGHTS } from "../src/advice/weights.ts";
import { WORKFLOW_TYPES } from "../src/model/routing.ts";

interface Example {
  readonly goal: string;
  readonly label: string;
  readonly kind: string;
  readonly context?: unknown;
}

const examples = readFileSync("test/fixtures/goals/tuning.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Example)
  .filter(({ label, context }) => (WORKFLOW_TYPES as readonly string[]).includes(label) && !context);
const rows = examples.map(({ goal, label }) => ({
  goal,
  target: (WORKFLOW_TYPES as readonly string[]).indexOf(label),
  features: [{ name: "start", value: 1 }, ...evidenceIn(readGoal(goal)).evidence],
}));
type Row = (typeof rows)[number];
type Table = Map<string, number[]>;

const prior = (): Table => {
  const table: Table = new Map(
    Object.entries({ start: START, ...WEIGHTS }).map(([name, weights]) => [
      name,
      WORKFLOW_TYPES.map((type) => weights[type] ?? 0),
    ]),
  );
  return table;
};
const scores = ({ features }: Row, table: Table) =>
  WORKFLOW_TYPES.map((_, at) =>
    features.reduce((sum, { name, value }) => sum + value * (table.get(name)?.[at] ?? 0), 0),
  );
const softmax = (all: readonly number[]) => {
  const top = Math.max(...all);
  const raised = all.map((one) => Math.exp(one - top));
  const total = raised.reduce((sum, one) => sum + one, 0);
  return raised.map((one) => one / total);
};

function fitted(on: readonly Row[], strength: number): Table {
  const start = prior();
  for (const { features } of on)
    for (const { name } of features)
      if (!start.has(name))
        start.set(
          name,
          WORKFLOW_TYPES.map(() => 0),
        );
  const table: Table = new Map([...start].map(([name, weights]) => [name, [...weights]]));
  for (let round = 0; round < 400; round++) {
    const slope: Table = new Map(
      [...table].map(([name, weights]) => [
        name,
        weights.map((weight, at) => strength * (weight - start.get(name)![at]!)),
      ]),
    );
    for (const row of on) {
      const shares = softmax(scores(row, table));
      for (const { name, value } of row.features)
        shares.forEach((share, at) => {
          slope.get(name)![at]! += value * (share - (at === row.target ? 1 : 0));
        });
    }
    for (const [name, weights] of table)
      weights.forEach((_, at) => {
        weights[at]! -= 0.03 * slope.get(name)![at]!;
      });
  }
  return table;
}

const best = (all: readonly number[]) => all.indexOf(Math.max(...all));
const strength = Number(process.argv[2] ?? 1);
const rounded = (table: Table): Table =>
  new Map([...table].map(([name, weights]) => [name, weights.map((weight) => Math.round(weight * 10) / 10)]));
const accuracy = (table: Table, on: readonly Row[]) =>
  on.filter((row) => best(scores(row, table)) === row.target).length / on.length;

console.log("as committed", accuracy(prior(), rows).toFixed(3), "of", rows.length);
const folds = 10;
let right = 0;
const held: { row: Row; scores: number[] }[] = [];
for (let fold = 0; fold < folds; fold++) {
  const table = rounded(
    fitted(
      rows.filter((_, at) => at % folds !== fold),
      strength,
    ),
  );
  for (const row of rows.filter((_, at) => at % folds === fold)) {
    const all = scores(row, table);
    held.push({ row, scores: all });
    if (best(all) === row.target) right++;
    else if (process.argv.includes("--misses"))
      console.log(
        WORKFLOW_TYPES[row.target],
        "→",
        WORKFLOW_TYPES[best(all)],
        JSON.stringify(row.goal.slice(0, 150)),
        row.features
          .slice(1)
          .map(({ name }) => name)
          .join(" "),
      );
  }
}
console.log("cross-validated", (right / rows.length).toFixed(3));
for (const temperature of [0.6, 0.8, 1, 1.2, 1.5, 2]) {
  const loss = held.reduce(
    (sum, one) => sum - Math.log(softmax(one.scores.map((score) => score / temperature))[one.row.target]!),
    0,
  );
  console.log("temperature", temperature, "loss", (loss / held.length).toFixed(3));
}
if (process.argv.includes("--print"))
  for (const [name, weights] of rounded(fitted(rows, strength)))
    if (weights.some((weight) => Math.abs(weight) >= 0.2)) console.log(`  "${name}": by(${weights.join(", ")}),`);
