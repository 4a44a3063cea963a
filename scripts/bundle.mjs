// Bundles a TypeScript entry point into one file that node can run: for scripts and benchmarks that use the project's modules.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** jsonc-parser's `main` looks for its parts at run time, where a bundle has none. */
const alias = { "jsonc-parser": "jsonc-parser/lib/esm/main.js" };

/**
 * @param entry path of the entry point, from the repository's root
 * @param outfile path of the bundle; a CommonJS file
 * @param moduleUrl what `import.meta.url` is in the bundled modules, for those that find the repository by it
 */
export function bundle(entry, outfile, moduleUrl) {
  return build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    mainFields: ["module", "main"],
    logLevel: "warning",
    alias,
    define: {
      BATON_VERSION: '"script"',
      ...(moduleUrl !== undefined && { "import.meta.url": JSON.stringify(moduleUrl) }),
    },
  });
}
