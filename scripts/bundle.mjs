// Bundles a TypeScript entry point into one file for Node.js. Scripts and benchmarks use it for the project's modules.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The `main` file of jsonc-parser loads its parts at run time, which fails in a bundle. */
const alias = { "jsonc-parser": "jsonc-parser/lib/esm/main.js" };

/**
 * @param entry path of the entry point, from the repository's root
 * @param outfile path of the bundle, a CommonJS file
 * @param moduleUrl the value of `import.meta.url` in the bundle, for modules that find the repository by it
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
