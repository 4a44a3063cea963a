import byAuthor from "../../bench/routing/goals/by-author.json" with { type: "json" };
import { equalJson } from "../../src/model/json.ts";
import { TEMPLATE_OF } from "../../src/model/routing.ts";
import {
  type Answered,
  accuracyOf,
  answersTo,
  binsOf,
  bySubstring,
  calibrationError,
  goalsOf,
  HELD_OUT,
} from "./goals.ts";

const nameOf = (file: string): string => file.slice(file.indexOf("/") + 1);
const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

export interface Measured {
  readonly answers: readonly Answered[];
  readonly baseline: readonly Pick<Answered, "answer" | "label">[];
}

/** The results of routing and of the substring rule for held-out goals. */
export function measured(half: string): Measured {
  const goals = goalsOf(half);
  const baseline = goals.map(({ goal, label, context }) => ({
    label,
    answer: bySubstring(goal, context?.plan === true),
  }));
  return { answers: answersTo(goals), baseline };
}

function exact(answers: readonly Answered[]): string {
  const given = answers.filter(({ read }) => read !== undefined);
  const same = given.filter(
    ({ read, parameters }) =>
      JSON.stringify(Object.entries(read!).sort()) === JSON.stringify(Object.entries(parameters!).sort()),
  );
  return `${same.length} of ${given.length}`;
}

/** Number of read values that the goal does not give. */
function wrong(answers: readonly Answered[]): string {
  const read = answers.flatMap(({ answer, label, read = {}, parameters }) =>
    answer === label ? Object.entries(read).map(([name, value]) => ({ value, wanted: parameters?.[name] })) : [],
  );
  return `${read.filter(({ value, wanted }) => !equalJson(value, wanted)).length} of ${read.length}`;
}

/** The text of docs/routing.md, made from the labelled goals. */
export function routingPage(halves: readonly Measured[] = HELD_OUT.map(measured)): string {
  const answers = halves.flatMap((half) => half.answers);
  const baseline = halves.flatMap((half) => half.baseline);
  const labels = [...new Set([...Object.keys(TEMPLATE_OF), ...answers.map(({ label }) => label)])];
  const kinds = [...new Set(answers.map(({ kind }) => kind))].sort();
  const count = (label: string, answer: string) =>
    answers.filter((one) => one.label === label && one.answer === answer).length || "·";
  const initials = labels.map((_, at) => String.fromCharCode(65 + at));
  return `<!-- Made by \`npm run routing\` from src/routing and bench/routing/goals; edit those. -->

# Routing

A goal becomes one of four workflow types, or a run of a template. \`src/routing/route.ts\` decides. It is a
pure function: the same goal with the same context has the same answer.

**The agent's assessment decides where there is one.** The calling model reads a goal better than any table.
The rules below are a prior beside it. They never pick another label. They make Baton ask (\`choose\`) in two
cases: a recorded correction of this same goal says otherwise, or the classifier is at least 90% sure of another
label while the agent is less than 80% sure of its own.

**Without an assessment the rules decide:**

1. **Reading.** Baton reads the first 3,000 characters; of a document over 20,000, the first 200. It sets code,
   quotations and traces aside, and finds lists, sentences, clauses and words.
2. **One classifier.** A linear model adds up what the words and the form of a goal say. A word counts as itself,
   as the groups of letters in it, by where it stands, and as a pair with the word before. So Baton also reads
   bent and mistyped words, and other languages. Form is counts: words, clauses, list entries, names of code.
3. **Templates.** A goal that calls a template by its name gets it. Else names, descriptions and parameters count.
4. **Known work.** A plan for this goal, tasks that the caller names, tasks of the backlog.
5. **Corrections.** \`orchestrate {action: "correct"}\` is a lasting rule. A correction of the same goal outweighs
   all words; one of a similar goal counts by how similar it is. \`workflow\` with \`confirm\` is a choice for one
   session, and teaches nothing.

The sums become shares of one: the confidence. The answer is \`go\`; \`choose\` when the two best labels are close
or neither is likely; \`ask\` when the goal says too little ("do it") or a required parameter is missing. A goal
that says too little has no confidence. \`reasons\` names what moved the two best labels.

**Parameters** are read only where a goal writes them unmistakably: \`name=value\`, \`name: value\`, \`--name value\`,
a URL or a path for a parameter that is described as one, quoted text, an allowed value as a whole word, a text
that fits a declared pattern. Two candidates for one parameter, or one for two, take nothing: Baton asks.

## How good it is

\`npm run bench fit-routing write\` fits the tables in \`src/routing/fitted\` on the tuning goals (regularised
logistic regression). Two other authors wrote the held-out goals, and no rule was made from them. They show how
routing deals with forms that were thought of; they are no sample of what people type.
[How the goals came about](../bench/routing/goals/README.md).

${table(
  ["", ...HELD_OUT.map(nameOf), "both"],
  [
    ["goals", ...halves.map((half) => half.answers.length), answers.length],
    ["accuracy", ...halves.map((half) => percent(accuracyOf(half.answers))), percent(accuracyOf(answers))],
    [
      "expected calibration error",
      ...halves.map((half) => calibrationError([...half.answers]).toFixed(3)),
      calibrationError(answers).toFixed(3),
    ],
    ["goals whose parameters are all read", ...halves.map((half) => exact(half.answers)), exact(answers)],
    ["parameters read wrongly", ...halves.map((half) => wrong(half.answers)), wrong(answers)],
    [
      "accuracy of the substring rule",
      ...halves.map((half) => percent(accuracyOf(half.baseline))),
      percent(accuracyOf(baseline)),
    ],
  ],
)}

Fitted on all authors but one, and measured on that one: this is what a new author may expect.

${table(
  ["tuning goals of", "accuracy"],
  Object.entries(byAuthor).map(([name, share]) => [name, percent(share)]),
)}

\`hard\`, \`borders\`, \`lists\`, \`prose\`, \`short\`, \`amounts\` and \`abroad\` are one-sided on purpose.

The substring rule: "fix", "bug", "error", "typo" anywhere → build_only; "add", "create", "implement", "refactor", "restructure" → plan_then_build;
"project", "system", "platform" → decompose_first; "tasks", "batch", "backlog" → multi_task; else plan_then_build.

### Calibration

${table(
  ["confidence", "goals", "mean confidence", "accuracy"],
  binsOf(answers).map(({ from, count: goals, confidence, accuracy }) => [
    `${from.toFixed(1)}–${(from + 0.1).toFixed(1)}`,
    goals,
    percent(confidence),
    percent(accuracy),
  ]),
)}

### Confusion

Rows are what goals are, columns what was answered.

${table(
  ["", ...initials],
  labels.map((label, at) => [`${initials[at]} ${label}`, ...labels.map((answer) => count(label, answer))]),
)}

### By kind

${table(
  ["kind", "goals", "accuracy"],
  kinds.map((kind) => {
    const those = answers.filter((one) => one.kind === kind);
    return [kind, those.length, percent(accuracyOf(those))];
  }),
)}
`;
}
