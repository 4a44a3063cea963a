// Bundles a benchmark and runs it: `npm run bench [name]`, by default engine. Compare only figures of one run, because
// machines differ.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "../scripts/bundle.mjs";

const name = process.argv[2] ?? "engine";
const outfile = fileURLToPath(new URL(`../dist/bench-${name}.cjs`, import.meta.url));
await bundle(`bench/${name}.ts`, outfile, new URL("../test/rig/goals.ts", import.meta.url).href);
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(3)], { stdio: "inherit" });
rmSync(outfile);
process.exit(status ?? 1);
