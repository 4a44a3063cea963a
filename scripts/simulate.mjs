// Simulates engines and supervisors over one store, with faults: `npm run simulate -- --seeds N [--from SEED]`.
// Prints the first seed that breaks an invariant, with the shortest history found, and exits with 1.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const outfile = fileURLToPath(new URL(`../dist/.simulate-${process.pid}.cjs`, import.meta.url));
await bundle("test/simulation/main.ts", outfile);
const { rmSync } = await import("node:fs");
process.on("exit", () => rmSync(outfile, { force: true }));
createRequire(import.meta.url)(outfile);
