// Makes docs/routing.md anew from the labelled goals: `npm run routing`. A test fails when it is stale.
import { rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const outfile = "dist/routing-page.mjs";
await build({
  entryPoints: ["bench/routing.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(process.cwd() + "/");' },
  // The rig finds the repository from where its source stands.
  define: { "import.meta.url": JSON.stringify(pathToFileURL("test/rig/goals.ts").href) },
});
await import(pathToFileURL(outfile).href);
rmSync(outfile);
