// Hosts start this file if Baton is a plain checkout, as in a plugin, where `npm install` has not run. It runs the
// built program in this process. If there is no build, it builds once, which needs npm and its registry. Only the
// protocol may go to stdout.
import { spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = join(root, "dist/baton.cjs");
const self = fileURLToPath(import.meta.url);

if (process.argv[2] !== "--build") await start();
else
  await build().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });

async function start() {
  if (!existsSync(program)) await buildApart();
  process.argv[1] = program;
  createRequire(self)(program);
}

/** Builds in a separate process, which goes on if the host kills this one. The host's next start finds the build. */
async function buildApart() {
  mkdirSync(join(root, "dist"), { recursive: true });
  const log = join(root, "dist/build.log");
  process.stderr.write(`Baton is built once, which takes about 20 seconds; see ${log}\n`);
  const output = openSync(log, "w");
  const code = await run(process.execPath, [self, "--build"], { detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  if (code === 0 && existsSync(program)) return;
  const end = readFileSync(log, "utf8").trim().split("\n").slice(-10).join("\n");
  process.stderr.write(`${end}\nBaton could not be built. Run \`npm ci\` in ${root}, and start this again.\n`);
  process.exit(1);
}

/** Builds in a temporary directory, so that parallel builds do not collide and only the program is added. */
async function build() {
  const scratch = mkdtempSync(join(tmpdir(), "baton-build-"));
  try {
    for (const part of ["package.json", "package-lock.json", ".npmrc", "scripts", "src"])
      if (existsSync(join(root, part))) cpSync(join(root, part), join(scratch, part), { recursive: true });
    takeOnlyWhatIsBundled(scratch);
    const here = { cwd: scratch, stdio: "inherit" };
    const commands = [
      ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
      [process.execPath, "scripts/build.mjs"],
    ];
    for (const [command, ...args] of commands) {
      const code = await run(command, args, here);
      if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}`);
    }
    const built = `dist/.next-${process.pid}`;
    cpSync(join(scratch, "dist"), join(root, built), { recursive: true });
    // The start file comes last, because other processes wait for it.
    for (const file of readdirSync(join(root, built)).sort().reverse())
      renameSync(join(root, built, file), join(root, "dist", file));
    rmSync(join(root, built), { recursive: true });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Removes the packages that only tests and checks need, five sixths of them, so that the build ends within the half
 * minute that hosts wait. The versions stay those of the lock file.
 */
function takeOnlyWhatIsBundled(directory) {
  const sources = readdirSync(join(directory, "src"), { recursive: true }).filter((file) => file.endsWith(".ts"));
  const text = sources.map((file) => readFileSync(join(directory, "src", file), "utf8")).join("\n");
  const needed = ([name]) => name === "esbuild" || text.includes(`from "${name}"`) || text.includes(`from "${name}/`);
  for (const [file, rootOf] of [
    ["package.json", (json) => json],
    ["package-lock.json", (json) => json.packages[""]],
  ]) {
    const json = JSON.parse(readFileSync(join(directory, file), "utf8"));
    const root = rootOf(json);
    root.devDependencies = Object.fromEntries(Object.entries(root.devDependencies).filter(needed));
    writeFileSync(join(directory, file), JSON.stringify(json));
  }
}

function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, options);
    child.once("error", (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(1);
    });
    child.once("close", resolve);
  });
}
