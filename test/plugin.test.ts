import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => JSON.parse(readFileSync(`${root}${path}`, "utf8"));

test("the plugin has the package's version, and starts an existing program", () => {
  const { name, version, mcpServers } = read(".claude-plugin/plugin.json");
  expect({ name, version }).toEqual({ name: "baton", version: read("package.json").version });
  // The name of the server decides the tool names that the agents ask for: mcp__plugin_baton_baton__handoff.
  const [program, ...args] = mcpServers.baton.args;
  expect(existsSync(program.replace("${CLAUDE_PLUGIN_ROOT}/", root))).toBe(true);
  expect(args).toEqual(["serve", "--plugin", name]);
});

test("the marketplace lists the plugin of this repository", () => {
  const { plugins } = read(".claude-plugin/marketplace.json");
  expect(plugins).toMatchObject([{ name: "baton", source: "./" }]);
});

test("the package holds all plugin files, and .mcp.json does not start the plugin", () => {
  const { files } = read("package.json");
  for (const part of [".claude-plugin", "commands", "skills", "agents", "scripts/launch.mjs", "dist"])
    expect(files).toContain(part);
  const project = existsSync(`${root}.mcp.json`) ? readFileSync(`${root}.mcp.json`, "utf8") : "";
  expect(project).not.toContain("CLAUDE_PLUGIN_ROOT");
});
