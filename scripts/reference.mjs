// Writes the references in docs/ from schemas and operations, and the diagram in docs/architecture.md: `npm run docs`.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}dist/.reference-${process.pid}.cjs`;
await bundle("scripts/reference/page.ts", outfile);
try {
  const { page, toolsPage, cliPage, operations, withStepStates } = createRequire(import.meta.url)(outfile);
  writeFileSync(`${root}docs/workflow-reference.md`, page(root));
  writeFileSync(`${root}docs/tools.md`, toolsPage(operations));
  writeFileSync(`${root}docs/cli.md`, cliPage(operations));
  const architecture = `${root}docs/architecture.md`;
  writeFileSync(architecture, withStepStates(readFileSync(architecture, "utf8")));
} finally {
  rmSync(outfile);
}
