// Bundles a benchmark and runs it: `npm run bench [name]`, by default engine. Figures of one run belong together; machines differ.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const name = process.argv[2] ?? "engine";
const outfile = fileURLToPath(new URL(`../dist/bench-${name}.cjs`, import.meta.url));
await build({
  entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  mainFields: ["module", "main"],
  logLevel: "warning",
  // As in the build: its `main` looks for its parts at run time.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  // The rig finds the repository from where its source stands.
  define: { "import.meta.url": JSON.stringify(new URL("../test/rig/goals.ts", import.meta.url).href) },
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(3)], { stdio: "inherit" });
rmSync(outfile);
process.exit(status ?? 1);
