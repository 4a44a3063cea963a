import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../src/hosts/commands.ts";
import { baton, scratch } from "../rig/baton.ts";
import { plant } from "../rig/files.ts";
import { asSetUp, emptyHome, prepareHosts } from "./hosts.ts";
import { call, type Script } from "./script.ts";

beforeAll(prepareHosts);

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const [build, , , brief] = commands;

/**
 * Characters that hosts are known to mishandle: quotes, blanks, syntax of shells, templates and YAML, and a second
 * line.
 */
const GOAL = `add a "login" page: it's {{ 50% }} #1, for $1 \\n & <b>\n- with a second line`;

/** A model that records its prompts, and calls one tool. */
function listening(tool: string, input: object = { action: "list" }) {
  const told: string[] = [];
  return {
    told,
    begin: (beginning: string): Script => {
      told.push(beginning);
      return (function* (): Script {
        yield* call(tool, { ...input });
        return "I have looked.";
      })();
    },
  };
}

async function setUp(host: string) {
  const [cwd, home] = [scratch(), emptyHome()];
  const place = { cwd, home };
  const init = (...args: string[]) => baton(cwd, ["init", host, "--yes", ...args], { HOME: home, XDG_CONFIG_HOME: "" });
  const { code, stdout } = await init();
  expect(code, stdout).toBe(0);
  return { ...place, init };
}

const CLAUDE = ["--output-format", "json", "--allowedTools", "mcp__baton", "mcp__plugin_baton_baton"];

describe("Claude Code, after baton init claude", () => {
  test("Claude Code expands /build with the whole goal, and has Baton's server", async () => {
    const place = await setUp("claude");
    const { told, begin } = listening("monitor_workflow");
    const { code, output, shown } = await asSetUp("claude", ["-p", `/build ${GOAL}`, ...CLAUDE], place, {
      "# Build": begin,
    });
    expect(code, output).toBe(0);
    expect(told).toEqual([expect.stringContaining(build!.text(GOAL))]);
    expect(shown).toEqual([expect.stringContaining('"runs"')]);
  });

  test("Claude Code expands /brief without an argument, until baton init --remove", async () => {
    const { init, ...place } = await setUp("claude");
    const { told, begin } = listening("monitor_workflow");
    await asSetUp("claude", ["-p", "/brief", ...CLAUDE], place, { "# Brief": begin });
    expect(told).toEqual([expect.stringContaining(brief!.text(""))]);
    expect(await init("--remove")).toMatchObject({ code: 0 });
    await asSetUp("claude", ["-p", "/brief", ...CLAUDE], place, { "# Brief": begin });
    expect(told).toHaveLength(1);
  });
});

describe("Claude Code, with the hook of baton init claude --hook", () => {
  test("Claude Code gets the briefing once a start, and nothing as long as nothing is open", async () => {
    const { init, ...place } = await setUp("claude");
    await init("--hook");
    const told = async () => {
      const shows = ["--output-format", "stream-json", "--verbose", "--include-hook-events"];
      const { begin } = listening("monitor_workflow");
      const { output } = await asSetUp("claude", ["-p", "Good morning", ...shows], place, { "Good morning": begin });
      const events = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
      return events
        .filter(({ subtype, hook_event }) => subtype === "hook_response" && hook_event === "SessionStart")
        .map(({ exit_code, stdout }) => ({ exit_code, stdout }));
    };
    expect(await told()).toEqual([{ exit_code: 0, stdout: "" }]);
    plant(place.cwd, { "w.yaml": "name: Open\nsteps: [{ id: door, agent: builder, prompt: Make a door }]\n" });
    await baton(place.cwd, ["run", "w.yaml", "--detach"]);
    await expect
      .poll(async () => (await baton(place.cwd, ["brief", "--if-open"])).stdout, { timeout: 20_000 })
      .toContain("Ready for an agent");
    expect(await told()).toEqual([
      { exit_code: 0, stdout: expect.stringContaining('- door for builder: "Make a door"') },
    ]);
  });
});

describe("Claude Code, with the plugin", () => {
  test("Claude Code validates the plugin and its marketplace", async () => {
    const place = { cwd: scratch(), home: emptyHome() };
    for (const what of [ROOT, join(ROOT, ".claude-plugin/marketplace.json")]) {
      const { code, output } = await asSetUp("claude", ["plugin", "validate", "--strict", what], place);
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("Validation passed") });
    }
  });

  test("the plugin expands /baton:build with the whole goal, and has Baton's server", async () => {
    const { told, begin } = listening("mcp__plugin_baton_baton__monitor_workflow");
    const place = { cwd: scratch(), home: emptyHome() };
    const args = ["-p", `/baton:build ${GOAL}`, "--plugin-dir", ROOT, ...CLAUDE];
    const { code, output, shown } = await asSetUp("claude", args, place, { "# Build": begin });
    expect(code, output).toBe(0);
    expect(told).toEqual([expect.stringContaining(build!.text(GOAL))]);
    expect(shown).toEqual([expect.stringContaining('"runs"')]);
  });
});

describe("Goose, after baton init goose", () => {
  test("Goose validates every recipe", async () => {
    const { init: _, ...place } = await setUp("goose");
    const recipes = join(place.home, ".config/goose/recipes");
    expect(readdirSync(recipes)).toHaveLength(commands.length);
    for (const file of readdirSync(recipes)) {
      const { code, output } = await asSetUp("goose", ["recipe", "validate", join(recipes, file)], place);
      expect({ file, code, output }).toMatchObject({ code: 0, output: expect.stringContaining("is valid") });
    }
  });

  test.each([
    ["build", GOAL],
    ["brief", ""],
  ])("Goose expands /%s %j with the whole text, and has Baton's server", async (name, typed) => {
    const { init: _, ...place } = await setUp("goose");
    const command = commands.find((one) => one.name === name)!;
    const { told, begin } = listening("monitor_workflow");
    const args = ["run", "--no-session", "-t", `/${name} ${typed}`.trim()];
    const { code, output, shown } = await asSetUp("goose", args, place, { [`# ${command.title}`]: begin });
    expect(code, output).toBe(0);
    expect(told).toEqual([expect.stringContaining(command.text(typed).trim())]);
    expect(shown).toEqual([expect.stringContaining("no runs")]);
  });
});

/** The text of a shipped agent's file, which says how to call a tool of Baton's. */
const FILE = { name: "builder", detail: "full" };

test.each([
  ["claude", "find_capabilities", [], "mcp__baton__"],
  ["claude", "mcp__plugin_baton_baton__find_capabilities", ["--plugin-dir", ROOT], "mcp__plugin_baton_baton__"],
  ["goose", "find_capabilities", [], "baton__"],
] as const)("%s: %s %j shows Baton's tools as the model can call them: %s…", async (host, tool, more, prefix) => {
  const place = more.length > 0 ? { cwd: scratch(), home: emptyHome() } : await setUp(host);
  const { begin } = listening(tool, FILE);
  const args = host === "claude" ? ["-p", "Go on", ...more, ...CLAUDE] : ["run", "--no-session", "-t", "Go on"];
  const { code, output, shown } = await asSetUp(host, args, { cwd: place.cwd, home: place.home }, { "Go on": begin });
  expect(code, output).toBe(0);
  expect(shown.join("\n")).toContain(`\`${prefix}handoff {action:`);
});
