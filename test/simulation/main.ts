// Plays seeds until one fails, or all of them: `npm run simulate -- --seeds N [--from SEED]`. scripts/simulate.mjs runs
// it.
import { parseArgs } from "node:util";
import { describeFailure, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "1000" }, from: { type: "string", default: "1" } },
});
const [count, from] = [Number(values.seeds), Number(values.from)];

async function main(): Promise<void> {
  const began = performance.now();
  for (let seed = from; seed < from + count; seed++) {
    const failure = await simulate(seed);
    if (failure) {
      process.stdout.write(`${describeFailure(failure)}\n`);
      process.exitCode = 1;
      return;
    }
    if ((seed - from + 1) % 1_000 === 0) {
      const seconds = Math.round((performance.now() - began) / 1_000);
      process.stderr.write(`${seed - from + 1} seeds in ${seconds} s: nothing broken\n`);
    }
  }
  process.stdout.write(`${count} seeds from ${from}: every invariant holds\n`);
}
void main();
