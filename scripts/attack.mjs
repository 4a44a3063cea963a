// Attacks the built program for some minutes and prints a table of the scenarios with figures:
// `npm run attack [-- --minutes N] [--only NAME]`. Exits with 1 if there is a fault. Each scenario works in its own
// temporary directory, which is removed afterwards. Nothing leaves this machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clear } from "./attack/left.mjs";
import { SCENARIOS } from "./attack/scenarios.mjs";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "15" }, only: { type: "string" } },
});
const minutes = Number(values.minutes);
const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || name === values.only);
if (!(minutes > 0) || chosen.length === 0) {
  console.error(`npm run attack [-- --minutes N] [--only ${SCENARIOS.map(({ name }) => name).join(" | ")}]`);
  process.exit(2);
}

/** The shortest time of a scenario, also if earlier ones took too long. */
const MIN_SCENARIO_MS = 2000;
const began = Date.now();
const end = began + minutes * 60_000;
let shares = chosen.reduce((sum, { share }) => sum + share, 0);
const rows = [];
let faults = 0;
let unreached = 0;
for (const { name, tried, share, attack } of chosen) {
  const directory = mkdtempSync(join(tmpdir(), "baton-attack-"));
  const from = Date.now();
  // The scenario gets its share of the remaining time, so the end stays the same. No scenario is skipped.
  const until = from + Math.max(MIN_SCENARIO_MS, ((end - from) * share) / shares);
  shares -= share;
  process.stderr.write(`${name}: ${Math.round((until - from) / 1000)} s …\n`);
  let row;
  try {
    const { much, found, missed = [] } = await attack({ directory, until });
    const result = found.length === 0 ? "0 faults" : `${found.length} FAULTS: ${found.join("; ")}`;
    row = [tried, much, missed.length === 0 ? result : `${result}; NOT REACHED: ${missed.join("; ")}`];
    faults += found.length;
    unreached += missed.length > 0 ? 1 : 0;
  } catch (error) {
    row = [tried, "", `FAULT: ${error.stack}`];
    faults++;
  } finally {
    clear(directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  rows.push([...row, `${Math.round((Date.now() - from) / 1000)} s`]);
}

console.log("| scenario | amount | result | time |\n| --- | --- | --- | --- |");
for (const row of rows)
  console.log(`| ${row.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`);
const rest = unreached === 0 ? "" : `, ${unreached} incomplete for lack of time`;
console.log(`\n${rows.length} scenarios in ${Math.round((Date.now() - began) / 1000)} s: ${faults} faults${rest}.`);
process.exitCode = faults === 0 ? 0 : 1;
