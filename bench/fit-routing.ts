// Fits the tables of goal routing on the tuning goals. Evaluates by author: fits on all files but one, and measures on
// that one. `npm run bench fit-routing` evaluates. With `write` it writes the tables in src/routing/fitted. With
// `misses` it prints wrong answers. Names of files limit the evaluation to these.
import { writeFileSync } from "node:fs";
import { WORKFLOW_TYPES } from "../src/model/routing.ts";
import { featuresOf } from "../src/routing/features/index.ts";
import { hashOf } from "../src/routing/features/words.ts";
import { candidatesIn } from "../src/routing/templates.ts";
import { readGoal } from "../src/routing/text/reading.ts";
import { goalsOf, shippedTemplates, TUNING } from "../test/rig/goals.ts";
import { fitted, type Row, scored, softmax } from "./routing/fit.ts";
import { writeOpeners, writeTables } from "./routing/tables.ts";

const asked = process.argv.slice(2);
const shipped = shippedTemplates();
const goals = TUNING.flatMap((author) =>
  goalsOf(author)
    .filter(({ context }) => !context)
    .map((one) => ({ author, ...one, reading: readGoal(one.goal) })),
);

const labelled = new Set(goals.map(({ label }) => label));
const templates = shipped.filter(({ name }) => labelled.has(name)).map(({ name }) => name);
const labels = [...WORKFLOW_TYPES, ...templates];
const rows = goals.map(({ author, goal, label, reading }): Row => {
  const { form, words, wordValue } = featuresOf(reading);
  return {
    ...{ author, goal, target: labels.indexOf(label), labels, form: form.map(({ name }) => name), wordValue },
    places: Int32Array.from([...words.values()].flat()),
    matches: candidatesIn(reading, shipped)
      .filter(({ template }) => labelled.has(template.name))
      .flatMap(({ template, evidence }) =>
        evidence.map(({ match, value }) => ({ match, value, label: labels.indexOf(template.name) })),
      ),
    // One goal in four treats the templates as a user's own. So the fit learns the weights of name and description
    // alone.
    unknown: hashOf(goal) % 4 === 0,
  };
});

const best = (all: readonly number[]) => all.indexOf(Math.max(...all));

function judge(): void {
  const byAuthor: Record<string, number> = {};
  const judged: { row: Row; scores: number[] }[] = [];
  const named = TUNING.filter((author) => asked.includes(author.slice("tuning/".length)));
  for (const author of named.length > 0 ? named : TUNING) {
    const fit = fitted(
      rows.filter((row) => row.author !== author),
      templates.length,
    );
    const those = rows
      .filter((row) => row.author === author)
      .map((row) => ({ row, scores: scored({ ...row, unknown: asked.includes("unknown") }, fit) }));
    judged.push(...those);
    const right = those.filter(({ row, scores }) => best(scores) === row.target).length;
    byAuthor[author.slice("tuning/".length)] = Math.round((1000 * right) / those.length) / 1000;
    console.log(`${author}, fitted on the others: ${((100 * right) / those.length).toFixed(1)}%`);
    for (const { row, scores } of those)
      if (asked.includes("misses") && best(scores) !== row.target)
        console.log(
          `  ${row.labels[row.target]} → ${row.labels[best(scores)]} ${softmax(scores)[best(scores)]!.toFixed(2)}`,
          JSON.stringify(row.goal.slice(0, 170)),
        );
  }
  const all = judged.filter(({ row, scores }) => best(scores) === row.target).length;
  console.log(`all: ${((100 * all) / judged.length).toFixed(1)}%`);
  for (const label of [0, 1, 2, 3, 4]) {
    const those = judged.filter(({ row }) => Math.min(4, row.target) === label);
    const right = those.filter(({ row, scores }) => best(scores) === row.target).length;
    console.log(label === 4 ? "templates" : WORKFLOW_TYPES[label], `${right} of ${those.length}`);
  }
  for (const temperature of [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4]) {
    const loss = judged.reduce(
      (sum, { row, scores }) => sum - Math.log(softmax(scores.map((score) => score / temperature))[row.target]!),
      0,
    );
    console.log(`temperature ${temperature}: loss ${(loss / judged.length).toFixed(3)}`);
  }
  if (named.length === 0)
    writeFileSync("bench/routing/goals/by-author.json", `${JSON.stringify(byAuthor, undefined, 2)}\n`);
}

if (asked.includes("write")) {
  const firsts = goals.map(({ reading }) => reading.sentences[0]?.words[0]?.text ?? "");
  if (writeOpeners(firsts)) console.log("The first words of goals changed: run the fit again.");
  else writeTables(fitted(rows, templates.length), templates);
} else judge();
