// Writes docs/routing.md from the labelled goals: `npm run routing`. A test fails if the page is stale.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const outfile = fileURLToPath(new URL("../dist/routing-page.cjs", import.meta.url));
await bundle("bench/routing.ts", outfile, new URL("../test/rig/goals.ts", import.meta.url).href);
createRequire(import.meta.url)(outfile);
rmSync(outfile);
