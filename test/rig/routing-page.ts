import { TEMPLATE_OF } from "../../src/model/routing.ts";
import { type Answered, accuracyOf, answersTo, binsOf, bySubstring, calibrationError, goalsOf } from "./goals.ts";

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** What routing and the substring rule answer to the held-out goals. */
export function heldOut(): {
  readonly answers: readonly Answered[];
  readonly baseline: readonly Pick<Answered, "answer" | "label">[];
} {
  const goals = goalsOf("held-out");
  const baseline = goals.map(({ goal, label, context }) => ({
    label,
    answer: bySubstring(goal, context?.plan === true),
  }));
  return { answers: answersTo(goals), baseline };
}

/** docs/routing.md, made from the labelled goals. */
export function routingPage(): string {
  const { answers, baseline } = heldOut();
  const tuned = answersTo(goalsOf("tuning"));
  const labels = [...new Set([...Object.keys(TEMPLATE_OF), ...answers.map(({ label }) => label)])];
  const kinds = [...new Set(answers.map(({ kind }) => kind))].sort();
  const given = answers.filter(({ read }) => read !== undefined);
  const same = given.filter(
    ({ read, parameters }) =>
      JSON.stringify(Object.entries(read!).sort()) === JSON.stringify(Object.entries(parameters!).sort()),
  );
  const count = (label: string, answer: string) =>
    answers.filter((one) => one.label === label && one.answer === answer).length || "·";
  const initials = labels.map((_, at) => String.fromCharCode(65 + at));
  return `<!-- Made by \`npm run routing\` from src/advice and test/fixtures/goals; edit those. -->

# Routing

A goal becomes one of four workflow types, or a run of a template from the library. \`src/advice/route.ts\` decides, and nothing else than its arguments
matters: the same goal with the same context has the same answer.

1. **Reading.** The first 3,000 characters are looked at, of a document of more than 20,000 the first 200. Code, quoted text and traces are set aside; lists, sentences and words are found.
2. **Cues.** Whole words and phrases stand for ideas (\`cues.ts\`, other languages in \`cues-abroad.ts\`). An idea counts by where it stands: the verb that
   asks, what that verb is about, elsewhere. What is denied does not count. Slips of the pen are read as what was meant.
3. **Form.** Lists and clauses that each ask for something, traces, names of code, "from … to …", enumerated parts of a product.
4. **Templates** are met by their names, descriptions and parameters; values are read from the goal by type, enum, pattern, name and description.
5. **Memory.** An existing plan for the goal, tasks that were given, the backlog, and what people said of goals like it. A correction of the same goal
   outweighs all words.
6. **The agent's assessment** moves its label by what its word has been worth where it differed from the rules. Both are kept.

All of it is added up (\`weights.ts\`), and the sums become shares of one: the confidence. The answer is \`go\`, \`choose\` between the two best when they are
close, or \`ask\` when there is too little to go on or a required parameter is missing. \`reasons\` says what moved the two best labels, word by word.

## How good it is

The aims are 92% and a calibration error of at most 0.1; the first is not reached yet. Measured on ${answers.length} held-out goals that no rule was made from, all written by one author: they show how routing deals with the forms that were
thought of, and are no sample of what people type.

${table(
  ["", "held-out half", "tuning half"],
  [
    ["accuracy", percent(accuracyOf(answers)), percent(accuracyOf(tuned))],
    ["expected calibration error", calibrationError(answers).toFixed(3), calibrationError(tuned).toFixed(3)],
    ["parameters of templates read exactly", `${same.length} of ${given.length}`, ""],
    ["accuracy of the substring rule", percent(accuracyOf(baseline)), ""],
  ],
)}

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
