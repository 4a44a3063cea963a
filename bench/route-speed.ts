// Measures the time of routing: `npm run bench route-speed`. Compare only figures of one run, because machines differ.
import { route } from "../src/routing/route.ts";
import { contextOf, goalsOf, shippedTemplates } from "../test/rig/goals.ts";

const shipped = shippedTemplates();
const templates = [...shipped, ...shipped.map((one) => ({ ...one, name: `${one.name}-again` }))].slice(0, 20);
const ordinary = goalsOf("tuning/first").map(({ goal }) => goal);
const long = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
const story = ordinary.join("\n");
const cases: readonly (readonly [string, readonly string[]])[] = [
  ["ordinary goals", ordinary],
  ["3 kB of goals", [long(story, 3000)]],
  ["20 kB of goals", [long(story, 20_000)]],
  ["50 kB of goals", [long(story, 50_000)]],
  ["50 kB without a space", [long("a", 50_000)]],
  ["20 kB of back quotes", [long("` ", 20_000)]],
  ["20 kB of list marks", [long("- a/b_c(1.2):\n", 20_000)]],
];
for (const goal of ordinary) route(goal, contextOf(templates));
for (const [name, goals] of cases) {
  const times = goals
    .flatMap((goal) => (goals.length > 1 ? [goal] : Array.from({ length: 20 }, () => goal)))
    .map((goal) => {
      const from = performance.now();
      route(goal, contextOf(templates));
      return performance.now() - from;
    })
    .sort((one, other) => one - other);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)]!.toFixed(2);
  console.log(`${name}, ${templates.length} templates: median ${at(0.5)} ms, 95% below ${at(0.95)} ms`);
}
