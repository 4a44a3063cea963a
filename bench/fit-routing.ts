// Fits the weights of goal routing on the tuning goals and judges them by author: fitted on all files but one, measured on that one.
// `npm run bench fit-routing`; with `write` it makes the tables of src/routing anew, with `misses` it names what was answered wrongly, and with
// names of files it judges only by these.
import { writeFileSync } from "node:fs";
import { spellingsIn } from "../src/routing/letters.ts";
import { hear } from "../src/routing/route.ts";
import { WORKFLOW_TYPES } from "../src/model/routing.ts";
import { contextOf, goalsOf, shippedTemplates, TUNING } from "../test/rig/goals.ts";
import { fitted, PLACED, type Row, scored, softmax, type Term } from "./routing/fit.ts";
import { writeBeginnings, writeTables } from "./routing/tables.ts";

const asked = process.argv.slice(2);
const templates = shippedTemplates();
const goals = TUNING.flatMap((author) =>
  goalsOf(author)
    .filter(({ context }) => !context)
    .map((labelled) => ({ author, ...labelled, heard: hear(labelled.goal, contextOf(templates)) })),
);
type Heard = (typeof goals)[number];

function rowOf({ author, goal, label, heard: { reading, labels, evidence } }: Heard): Row {
  const terms: Term[] = [{ name: "start", value: 1 }];
  for (const { name, value, weights } of evidence)
    if (name.startsWith("template.")) terms.push({ name, value, label: labels.indexOf(Object.keys(weights)[0]!) });
    else if (!name.startsWith('"')) {
      terms.push({ name, value });
      const placed = PLACED.exec(name);
      if (placed) terms.push({ name: `${placed[1]}.any`, value });
    }
  const places = Int32Array.from([...spellingsIn(reading).values()].flat());
  return { author, goal, target: labels.indexOf(label), labels, terms, places };
}

const best = (all: readonly number[]) => all.indexOf(Math.max(...all));

function judge(rows: readonly Row[]): void {
  const byAuthor: Record<string, number> = {};
  const judged: { row: Row; scores: number[] }[] = [];
  const named = TUNING.filter((author) => asked.includes(author.slice("tuning/".length)));
  for (const author of named.length > 0 ? named : TUNING) {
    const fit = fitted(rows.filter((row) => row.author !== author));
    const those = rows.filter((row) => row.author === author).map((row) => ({ row, scores: scored(row, fit) }));
    judged.push(...those);
    const right = those.filter(({ row, scores }) => best(scores) === row.target).length;
    byAuthor[author.slice("tuning/".length)] = Math.round((1000 * right) / those.length) / 1000;
    console.log(`${author}, by the others: ${((100 * right) / those.length).toFixed(1)}%`);
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

const rows = goals.map(rowOf);
if (asked.includes("write")) {
  const firsts = goals.map(({ heard: { reading } }) => reading.sentences[0]?.words[0]?.text ?? "");
  if (writeBeginnings(firsts)) console.log("The words that goals begin with are others than before: fit once more.");
  else writeTables(fitted(rows));
} else judge(rows);
