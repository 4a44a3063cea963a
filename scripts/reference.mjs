// Writes docs/workflow-reference.md from the schemas, and updates the diagram in docs/architecture.md: `npm run docs`.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}dist/.reference-${process.pid}.cjs`;
await bundle("scripts/reference/page.ts", outfile);
try {
  const { page, withStepStates } = createRequire(import.meta.url)(outfile);
  writeFileSync(`${root}docs/workflow-reference.md`, page(root));
  const architecture = `${root}docs/architecture.md`;
  writeFileSync(architecture, withStepStates(readFileSync(architecture, "utf8")));
} finally {
  rmSync(outfile);
}
