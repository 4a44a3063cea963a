import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const common = {
  absWorkingDir: root,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  logLevel: "warning",
} as const;
const bundled = new Map<string, Promise<string>>();

/**
 * Bundles a test program, so that it can run as a real process that starts as quickly as Baton: with V8's compile cache
 * of its last run. Returns the path of the bundle, which lies beside the program.
 */
export function bundle(entry: URL): Promise<string> {
  const made = bundled.get(entry.href) ?? make(entry);
  bundled.set(entry.href, made);
  return made;
}

async function make(entry: URL): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "baton-bundle-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  await build({
    ...common,
    // As in the build: its `main` looks for its parts at run time.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    entryPoints: [fileURLToPath(entry)],
    outfile: join(directory, "program.cjs"),
    bundle: true,
    charset: "ascii",
    banner: { js: "// test" },
    define: { BATON_VERSION: '"test"' },
  });
  const start = join(directory, "start.cjs");
  await build({ ...common, entryPoints: ["src/start.ts"], outfile: start });
  return start;
}
