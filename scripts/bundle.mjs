import { build } from "esbuild";

/**
 * Bundles a TypeScript entry point into one CommonJS file that Node can run.
 * @param entryPoint path of the source
 * @param outfile path of the bundle
 * @param options esbuild options that only this bundle needs
 */
export async function bundle(entryPoint, outfile, options = {}) {
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    logLevel: "warning",
    // jsonc-parser's `main` loads its modules at run time, which a bundle cannot follow.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    ...options,
  });
}
