import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { commands } from "../../src/hosts/commands.ts";
import { HOSTS } from "../../src/hosts/hosts.ts";
import { BATON, baton, scratch } from "../rig/baton.ts";
import { plant } from "../rig/files.ts";

/** Makes an empty home directory and a project with the given files. */
function machine(files: Record<string, string> = {}) {
  const directory = scratch();
  const [project, home] = [join(directory, "project"), join(directory, "home")];
  for (const each of [project, home]) mkdirSync(each);
  plant(project, files);
  const init = (...args: string[]) => baton(project, ["init", ...args], { HOME: home, XDG_CONFIG_HOME: "" });
  return {
    project,
    home,
    init,
    json: async (...args: string[]) => JSON.parse((await init(...args, "--json")).stdout),
    text: (path: string) => readFileSync(join(project, path), "utf8"),
  };
}

const server = { command: process.execPath, args: [BATON, "serve"] };

describe("baton init claude", () => {
  test("init claude without a terminal prints the change as a diff and changes nothing", async () => {
    const { project, init } = machine({ ".mcp.json": '{\n  "mcpServers": {\n    "x": {}\n  }\n}\n' });
    const { code, stdout } = await init("claude");
    expect(code).toBe(0);
    expect(stdout).toContain(`+++ ${project}/.mcp.json\n@@ -1,5 +1,12 @@\n {\n   "mcpServers": {\n+    "baton": {\n`);
    expect(stdout).toContain(`--- /dev/null\n+++ ${project}/.claude/commands/build.md\n`);
    expect(stdout).toMatch(/\nNothing was changed; --yes makes the change\.\n$/);
    expect(existsSync(join(project, ".claude"))).toBe(false);
  });

  test("init claude --yes writes once; --remove restores every byte", async () => {
    const before = '{\n\t// mine\n\t"mcpServers": {\n\t\t"x": { "url": "http://x" }, // the first\n\t},\n}';
    const { project, init, json, text } = machine({ ".mcp.json": before, ".claude/settings.json": "{}" });
    expect((await init("claude", "--yes")).code).toBe(0);
    expect(text(".mcp.json")).toContain(`"baton": {\n\t\t\t"command": ${JSON.stringify(process.execPath)}`);
    for (const { name, text: words } of commands)
      expect(text(`.claude/commands/${name}.md`)).toContain(words("$ARGUMENTS"));
    expect(await json("claude", "--yes")).toMatchObject({ done: true, changes: [] });
    expect(await json("claude", "--remove", "--yes")).toMatchObject({ done: true, obstacles: [] });
    expect(text(".mcp.json")).toBe(before);
    expect(existsSync(join(project, ".claude/commands"))).toBe(false);
    expect(text(".claude/settings.json")).toBe("{}");
  });

  test("init claude keeps the user's own and changed commands, names them, and does the rest", async () => {
    const { init, json, text } = machine({ ".claude/commands/brief.md": "My own.\n" });
    const written = await init("claude", "--yes");
    expect(written.code).toBe(4);
    expect(written.stdout).toMatch(/not done: .*brief\.md exists already, and Baton did not write it/);
    expect(text(".claude/commands/brief.md")).toBe("My own.\n");
    const { project } = await json("claude");
    writeFileSync(join(project, ".claude/commands/build.md"), `${text(".claude/commands/build.md")}Be brief.\n`);
    const removed = await init("claude", "--remove", "--yes");
    expect(removed.code).toBe(4);
    expect(removed.stdout).toMatch(/not done: .*build\.md was changed after Baton wrote it, so Baton leaves it/);
    expect(text(".claude/commands/build.md")).toMatch(/Be brief\.\n$/);
    expect(existsSync(join(project, ".claude/commands/orchestrate.md"))).toBe(false);
    expect(existsSync(join(project, ".mcp.json"))).toBe(false);
  });

  test("init claude --hook adds a hook to the person's settings; later calls keep it up, --remove removes it", async () => {
    const before = '{\n  "permissions": {},\n  "hooks": { "Stop": [] }\n}\n';
    const { project, init, json, text } = machine({ ".claude/settings.local.json": before });
    await init("claude", "--yes");
    expect(text(".claude/settings.local.json"), "off by default").toBe(before);
    expect((await init("claude", "--hook")).stdout).toMatch(/Nothing was changed; --yes makes the change\.\n$/);
    expect(text(".claude/settings.local.json")).toBe(before);
    expect(await json("claude", "--hook", "--yes")).toMatchObject({
      done: true,
      changes: [{ path: join(project, ".claude/settings.local.json"), change: "change" }],
    });
    const { hooks } = JSON.parse(text(".claude/settings.local.json"));
    expect(hooks).toMatchObject({ Stop: [], SessionStart: [{ matcher: "startup|resume|compact" }] });
    expect(await json("claude", "--yes")).toMatchObject({ done: true, changes: [] });
    // What the hook runs prints nothing as long as nothing is open, and then what is.
    const [{ command }] = hooks.SessionStart[0].hooks;
    const run = () => execFileSync("sh", ["-c", command], { cwd: project, encoding: "utf8" });
    expect(run()).toBe("");
    expect(existsSync(join(project, ".baton"))).toBe(false);
    plant(project, { "w.yaml": "name: Open\nsteps: [{ id: a, agent: builder, prompt: Make a door }]\n" });
    await baton(project, ["run", "w.yaml", "--detach"]);
    await expect
      .poll(run, { timeout: 20_000 })
      .toMatch(/^Baton keeps this open work .*\n.*\n(?:.*\n)*- a for builder: "Make a door"/);
    expect(await json("claude", "--remove", "--yes")).toMatchObject({ done: true, obstacles: [] });
    expect(text(".claude/settings.local.json")).toBe(before);
    await baton(project, ["cancel", JSON.parse((await baton(project, ["list", "--json"])).stdout).runs[0].workflowId]);
    expect(run()).toBe("");
  });

  test("init with --hook refuses a host that has none, and --remove beside it", async () => {
    const { init } = machine();
    for (const args of [
      ["goose", "--hook"],
      ["claude", "--hook", "--remove"],
    ]) {
      const { code, stderr } = await init(...args);
      expect(code).toBe(2);
      expect(stderr).toContain("Leave out --hook.");
    }
  });

  test("init claude keeps a symbolic link and its target's permissions", async () => {
    const { project, init } = machine({ "dotfiles/mcp.json": "{}\n" });
    chmodSync(join(project, "dotfiles/mcp.json"), 0o600);
    symlinkSync("dotfiles/mcp.json", join(project, ".mcp.json"));
    await init("claude", "--yes");
    expect(lstatSync(join(project, ".mcp.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(project, "dotfiles/mcp.json"), "utf8")).toContain('"baton"');
    expect(statSync(join(project, "dotfiles/mcp.json")).mode & 0o777).toBe(0o600);
  });

  test("init claude leaves an invalid .mcp.json unchanged and reports the line", async () => {
    const { init, text } = machine({ ".mcp.json": '{\n  "mcpServers": {\n' });
    const { code, stdout } = await init("claude", "--yes");
    expect(code).toBe(4);
    expect(stdout).toMatch(/not done: .*\.mcp\.json is not valid JSON: line 3\. Correct the file/);
    expect(text(".mcp.json")).toBe('{\n  "mcpServers": {\n');
  });
});

test("init goose writes the config and four recipes; --remove removes them", async () => {
  const config = "GOOSE_MODEL: gpt-4o # mine\nextensions:\n  developer:\n    enabled: true\n    type: builtin\n";
  const { home, init, json } = machine();
  plant(home, { ".config/goose/config.yaml": config });
  const path = join(home, ".config/goose/config.yaml");
  expect((await init("goose", "--yes")).code).toBe(0);
  const written = parseYaml(readFileSync(path, "utf8"));
  expect(written).toMatchObject({
    GOOSE_MODEL: "gpt-4o",
    extensions: { developer: { enabled: true }, baton: { type: "stdio", cmd: server.command, args: server.args } },
  });
  expect(written.slash_commands.map(({ command }: { command: string }) => command)).toEqual(
    commands.map(({ name }) => name),
  );
  for (const { recipe_path } of written.slash_commands)
    expect(parseYaml(readFileSync(recipe_path, "utf8")).parameters).toHaveLength(1);
  expect(await json("goose", "--remove", "--yes")).toMatchObject({ done: true });
  expect(readFileSync(path, "utf8")).toBe(config);
  expect(existsSync(join(home, ".config/goose/recipes"))).toBe(false);
});

test("init cursor, vscode and codex write the server's entry in the host's format", async () => {
  const { init, text } = machine({ ".vscode/mcp.json": '{\n  // ours\n  "inputs": [],\n}\n' });
  for (const host of ["cursor", "vscode", "codex"]) expect((await init(host, "--yes")).code).toBe(0);
  expect(JSON.parse(text(".cursor/mcp.json"))).toEqual({ mcpServers: { baton: server } });
  expect(text(".vscode/mcp.json")).toMatch(/"type": "stdio"[\s\S]*\/\/ ours\n {2}"inputs": \[\],\n\}\n$/);
  expect(parse(text(".codex/config.toml"))).toEqual({ mcp_servers: { baton: server } });
});

test("init without a host lists all hosts and whether they are found and connected", async () => {
  const { init, json } = machine({ ".cursor/rules": "" });
  await init("vscode", "--yes");
  const found = await json();
  expect(found.map(({ host }: { host: string }) => host)).toEqual(HOSTS);
  expect(found.filter((one: { found: boolean }) => one.found)).toMatchObject([
    { host: "cursor", connected: false },
    { host: "vscode", connected: true },
  ]);
  expect((await init()).stdout).toMatch(/^cursor {3}Cursor {7}found; connect it with: baton init cursor$/m);
});

test("init --dir selects another project; an unknown directory and an unknown host are refused", async () => {
  const { project, init, text } = machine({ "deep/README.md": "" });
  expect((await init("cursor", "--dir", "deep", "--yes")).code).toBe(0);
  expect(text("deep/.cursor/mcp.json")).toContain("baton.cjs");
  expect(existsSync(join(project, ".cursor"))).toBe(false);
  expect(await init("cursor", "--dir", "none")).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("none is not a directory"),
  });
  expect(await init("emacs")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("claude, goose, cursor, vscode, codex"),
  });
});
