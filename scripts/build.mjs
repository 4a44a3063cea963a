// Bundles the program into one CommonJS file: it starts twice as fast as its modules would, and an installed
// package needs no dependencies. `--if-possible` is for `prepare` of an install without dev dependencies.
import { chmodSync, readFileSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

let build;
try {
  ({ build } = await import("esbuild"));
} catch (error) {
  if (process.argv.includes("--if-possible")) process.exit(0);
  throw error;
}

/** The schema library brings its messages in fifty languages, and none of them is ever asked for but one. */
const oneLanguage = {
  name: "one language",
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

const next = `dist/.next-${process.pid}`;
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outfile: `${next}/baton.cjs`,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  // Its `main` looks for its parts at run time, which a bundle does not have.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  banner: { js: "#!/usr/bin/env node" },
  define: { BATON_VERSION: JSON.stringify(version) },
  // A fifth of a start is reading the program; names stay, for the stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [oneLanguage],
  legalComments: "linked",
  logLevel: "warning",
});
// Renamed into place: servers may be starting from the old one.
chmodSync(`${root}${next}/baton.cjs`, 0o755);
for (const file of ["baton.cjs.LEGAL.txt", "baton.cjs"]) renameSync(`${root}${next}/${file}`, `${root}dist/${file}`);
rmSync(`${root}${next}`, { recursive: true });
