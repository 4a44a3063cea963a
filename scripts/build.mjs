// Bundles the program into one CommonJS file, and builds the start file `baton.cjs` beside it. The bundle starts twice
// as fast as the modules would, and the installed package needs no dependencies. With `--if-possible` the script does
// nothing if esbuild is missing: `prepare` runs it also in an install without dev dependencies.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

let build;
try {
  ({ build } = await import("esbuild"));
} catch (error) {
  if (process.argv.includes("--if-possible")) process.exit(0);
  throw error;
}

/** Leaves out parts of libraries that Baton does not use. */
const without = {
  name: "without",
  setup({ onLoad }) {
    // Zod's messages in fifty languages.
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
    // JavaScript functions in YAML: js-yaml would load any `esprima` that it finds.
    onLoad({ filter: /js-yaml\/type\/js\/function\.js$/ }, async ({ path }) => ({
      contents: readFileSync(path, "utf8").replace("_require('esprima')", "undefined"),
    }));
  },
};

const next = `${root}dist/.next-${process.pid}`;
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const common = {
  absWorkingDir: root,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  // Smaller files load faster. Names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: "warning",
};
const { outputFiles, metafile } = await build({
  ...common,
  entryPoints: ["src/main.ts"],
  outfile: `${next}/program.cjs`,
  bundle: true,
  write: false,
  metafile: true,
  // The `main` file of jsonc-parser loads its parts at run time, which fails in a bundle.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  define: { BATON_VERSION: JSON.stringify(version) },
  charset: "ascii",
  plugins: [without],
  legalComments: "linked",
});
mkdirSync(next, { recursive: true });
for (const { path, contents } of outputFiles) {
  // `start.ts` identifies a build by this first line.
  const id = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  writeFileSync(path, path.endsWith(".cjs") ? Buffer.concat([Buffer.from(`// ${id}\n`), contents]) : contents);
}
// For `test/guards`: which modules the program has, and how many bytes of it each of them is.
const [{ inputs }] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint);
const modules = Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]);
writeFileSync(`${next}/program.modules.json`, JSON.stringify(Object.fromEntries(modules)));
await build({
  ...common,
  entryPoints: ["src/start.ts"],
  outfile: `${next}/baton.cjs`,
  banner: { js: "#!/usr/bin/env node" },
});
chmodSync(`${next}/baton.cjs`, 0o755);
// Renames are atomic, and servers may be starting from the old files. The program comes first: the start file needs it.
for (const file of readdirSync(next).sort().reverse()) renameSync(`${next}/${file}`, `${root}dist/${file}`);
rmSync(next, { recursive: true });
for (const file of readdirSync(`${root}dist`)) if (/^program\.cjs\.\w{16}\./.test(file)) rmSync(`${root}dist/${file}`);
await startOnce();

/** Starts a server and routes a goal once, so that V8's compile cache exists before a host starts Baton. */
async function startOnce() {
  const state = mkdtempSync(`${tmpdir()}/baton-build-`);
  const hello = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "build", version },
  };
  const goal = { action: "route", goal: "Add a page, and fix the crash when it is printed" };
  const messages = [
    { jsonrpc: "2.0", id: 1, method: "initialize", params: hello },
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { jsonrpc: "2.0", id: 2, method: "tools/list" },
    { jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "orchestrate", arguments: goal } },
  ];
  const server = spawn(process.execPath, [`${root}dist/baton.cjs`, "serve", "--state", state], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  for (const message of messages) server.stdin.write(`${JSON.stringify(message)}\n`);
  let answers = "";
  server.stdout.on("data", (chunk) => {
    answers += chunk;
    if (answers.includes('"id":3')) server.stdin.end();
  });
  const [status] = await once(server, "exit");
  rmSync(state, { recursive: true, force: true });
  if (status !== 0) throw new Error(`the built program does not start: exit code ${status}`);
}
