import { expect, test } from "vitest";
import { toolPrefixOf } from "../../src/hosts/tool-prefix.ts";

test.each([
  ["claude-code", undefined, "mcp__baton__"],
  ["claude-code", "baton", "mcp__plugin_baton_baton__"],
  ["goose", undefined, "baton__"],
  ["goose-desktop", "baton", "baton__"],
  ["codex-mcp-client", undefined, "mcp__baton__"],
  ["some editor", "baton", undefined],
  [undefined, undefined, undefined],
])("the host %s with the plugin %s puts %s before the names", (client, plugin, prefix) => {
  expect(toolPrefixOf(client, plugin)).toBe(prefix);
});
