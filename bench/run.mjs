// Bundles a benchmark and runs it: `npm run bench [name]`; the default is `engine`.
// Compare figures of one run only: machines differ.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "../scripts/bundle.mjs";

const name = process.argv[2] ?? "engine";
const outfile = fileURLToPath(new URL(`../dist/bench-${name}.cjs`, import.meta.url));
await bundle(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), outfile, {
  mainFields: ["module", "main"],
  // The test rig finds the repository relative to its source file.
  define: { "import.meta.url": JSON.stringify(new URL("../test/rig/goals.ts", import.meta.url).href) },
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(3)], { stdio: "inherit" });
rmSync(outfile);
process.exit(status ?? 1);
