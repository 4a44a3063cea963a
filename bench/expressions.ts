// Measures the time of ordinary expressions with their step budget: `npm run bench expressions`.
import type { StepFacts } from "../src/model/plan.ts";
import { compileExpression, evaluate } from "../src/workflow/expression/expression.ts";

const ITERATION_COUNT = 50_000;

const EXPRESSIONS = [
  'steps.build.exitCode == 0 && parameters.region == "eu"',
  'steps.build.output.contains("error")',
  "n + 1",
  "parameters.name",
  '"v" + string(n) + "-" + name',
  'parameters.?missing.orValue("none")',
  "l.size() > 3 && l.exists(x, x > 2)",
  'items.filter(i, i.state == "open").map(i, i.id)',
  'name.matches("^[a-z0-9]+(?:-[a-z0-9]+)*$")',
];
const names = { indexOf: new Map([["build", 0]]), outputKeys: new Map<string, number>() };
const step: StepFacts = {
  status: "completed",
  output: "all is well\n".repeat(100),
  exitCode: 0,
  duration: 5,
  attempt: 1,
};
const parameters = {
  ...{ n: 3, name: "some-name", region: "eu", l: [1, 2, 3, 4] },
  items: Array.from({ length: 10 }, (_, id) => ({ id, state: id % 2 === 0 ? "open" : "closed" })),
};
const facts = { parameters, context: {}, step: () => step };

for (const text of EXPRESSIONS) {
  const expression = compileExpression(text);
  if (!expression.ok) throw new Error(expression.error.message);
  const times = Array.from({ length: 7 }, () => {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < ITERATION_COUNT; i++) {
      const value = evaluate(expression.value, facts, names);
      if (!value.ok) throw new Error(value.error.message);
    }
    return Number(process.hrtime.bigint() - begin) / ITERATION_COUNT / 1000;
  });
  process.stdout.write(
    `${Math.min(...times)
      .toFixed(2)
      .padStart(7)} µs  ${text}\n`,
  );
}
