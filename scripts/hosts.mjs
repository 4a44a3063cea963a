// Generates the shipped command files (`commands/`, `recipes/`) from their one source, src/hosts/commands.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "baton-hosts-"));
try {
  const outfile = join(scratch, "hosts.mjs");
  const contents = `
    export { commands } from "./src/hosts/commands.ts";
    export { shippedFiles } from "./src/hosts/host-files.ts";
  `;
  await build({ stdin: { contents, resolveDir: root }, outfile, bundle: true, platform: "node", format: "esm" });
  const { commands, shippedFiles } = await import(pathToFileURL(outfile).href);
  for (const { file, text } of shippedFiles(commands)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.log(file);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
