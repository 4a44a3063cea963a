// Writes the files for hosts (`commands/`, `recipes/`) from src/hosts/commands.ts: `npm run hosts`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "baton-hosts-"));
try {
  const outfile = join(scratch, "host-files.cjs");
  await bundle("src/hosts/host-files.ts", outfile);
  const { shippedFiles } = createRequire(import.meta.url)(outfile);
  for (const { file, text } of shippedFiles()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.log(file);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
