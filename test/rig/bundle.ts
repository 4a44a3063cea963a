import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles a test's own program, so that it can be run as a real process. Returns the file's path. */
export async function bundle(entry: URL): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), "baton-bundle-")), "program.cjs");
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    define: { BATON_VERSION: '"test"' },
    logLevel: "warning",
  });
  return outfile;
}
