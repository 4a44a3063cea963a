// Attacks the built program for a while, and tells with figures what was tried: `npm run attack [-- --minutes N] [--only NAME]`. Ends with 1 if anything
// was found. What a scenario needs is in a directory of its own, which is gone afterwards; nothing leaves this machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
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

const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const rows = [];
let faults = 0;
for (const { name, tried, share, attack } of chosen) {
  const directory = mkdtempSync(join(tmpdir(), "baton-attack-"));
  const until = Date.now() + (minutes * 60_000 * share) / shares;
  process.stderr.write(`${name} …\n`);
  let row;
  try {
    const { much, found } = await attack({ directory, until });
    row = { tried, much, result: found.length === 0 ? "0 faults" : `${found.length} FAULTS: ${found.join("; ")}` };
    faults += found.length;
  } catch (error) {
    row = { tried, much: "", result: `FAULT: ${error.stack}` };
    faults++;
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  rows.push(row);
}

console.log("| what was tried | how much | result |\n| --- | --- | --- |");
for (const { tried, much, result } of rows) console.log(`| ${tried} | ${much} | ${result.replaceAll("\n", " ")} |`);
process.exitCode = faults === 0 ? 0 : 1;
