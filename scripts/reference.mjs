// Writes docs/workflow-reference.md from the schemas: `npm run docs`.
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}dist/.reference-${process.pid}.cjs`;
await build({
  entryPoints: [`${root}scripts/reference/page.ts`],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  logLevel: "warning",
});
try {
  const { page } = createRequire(import.meta.url)(outfile);
  writeFileSync(`${root}docs/workflow-reference.md`, page(root));
} finally {
  rmSync(outfile);
}
