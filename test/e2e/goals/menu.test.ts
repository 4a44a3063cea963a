import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BATON, baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";

/** The tests need `script` of util-linux for a terminal; other systems' `script` takes other arguments. */
const noTerminal = !/util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");

/** Starts Baton in a terminal. `answer` waits until the terminal shows the words, then sends the keys. */
function terminal(directory: string) {
  const child = spawn("script", ["-qfec", `stty cols 100 rows 50; "${process.execPath}" "${BATON}"`, "/dev/null"], {
    cwd: directory,
    env: { ...process.env, BATON_STATE: "", HOME: join(directory, "home"), TERM: "xterm", NO_COLOR: "1" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  let heard = () => {};
  child.stdout.on("data", (data) => {
    shown += data;
    heard();
  });
  const ended = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  return {
    async answer(words: string, keys: string) {
      while (!shown.includes(words)) {
        const left = await Promise.race([ended, new Promise<void>((resolve) => (heard = () => resolve()))]);
        if (left !== undefined) throw new Error(`baton exited with ${left} and never showed "${words}":\n${shown}`);
      }
      shown = "";
      child.stdin.write(keys);
    },
    async end() {
      const code = await ended;
      return { code, shown };
    },
  };
}

const DOWN = "\u001b[B";

test.skipIf(noTerminal)(
  "baton without arguments at a terminal shows a menu, builds a command line and runs it",
  async () => {
    const fake = 'touch done; test -s {prompt_file} && echo \'{"summary": "s", "filesChanged": []}\'';
    const directory = plant(scratch(), {
      "package.json": JSON.stringify({ scripts: { test: "test -e done" } }),
      ".baton/config.json": JSON.stringify({ runners: { fake: { command: fake } }, runner: "fake" }),
    });
    const menu = terminal(directory);
    // The fifth entry, after analyze, build, research and document: fix.
    await menu.answer("What would you like to do?", `${DOWN.repeat(4)}\r`);
    await menu.answer("Describe the goal", "Mend the header\r");
    await menu.answer("Which agent performs the agent steps?", "\r");
    const { code, shown } = await menu.end();
    expect(shown).toContain("baton build --workflow build_only --runner fake -- 'Mend the header'");
    expect(shown).toMatch(/gates +completed/);
    expect(code).toBe(0);
    const { sessions } = JSON.parse((await baton(directory, ["session", "list", "--json"])).stdout);
    expect(sessions).toMatchObject([{ goal: "Mend the header", state: "COMPLETED", workflow: "build_only" }]);

    // The next menu offers the session, and shows it.
    const again = terminal(directory);
    await again.answer("COMPLETED: Mend the header", "\r");
    expect((await again.end()).shown).toContain(`baton session show ${sessions[0].sessionId}`);
  },
);

test.skipIf(noTerminal)("Ctrl-C in the menu exits with 0 and starts no session", async () => {
  const directory = scratch();
  const menu = terminal(directory);
  await menu.answer("What would you like to do?", "\u0003");
  expect((await menu.end()).code).toBe(0);
  expect((await baton(directory, ["session", "list"])).stdout).toContain("There are no sessions yet");
});

test("baton settings shows values with their file, without the environment of mcpServers", async () => {
  const server = { command: "x", env: { TOKEN: "very-secret" } };
  const directory = plant(scratch(), {
    ".baton/config.json": JSON.stringify({ maxParallel: 3, mcpServers: { notes: server } }),
  });
  const { stdout } = await baton(directory, ["settings"]);
  expect(stdout).toContain(join(directory, ".baton", "config.json"));
  expect(stdout).toMatch(/maxParallel +3/);
  expect(stdout).toMatch(/mcpServers +\["notes"\]/);
  expect(stdout).not.toContain("very-secret");
});
