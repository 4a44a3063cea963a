/** Hosts by the beginning of the name with which they connect, and what they put before the names of a server's tools. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ["claude-code", "mcp__baton__"],
  ["codex", "mcp__baton__"],
  ["goose", "baton__"],
];

/**
 * What the host puts before the names of Baton's tools; `undefined` if Baton does not know the host.
 * @param client the name that the host gives itself
 * @param plugin the plugin of Claude Code that started this server, if one did
 */
export function toolPrefixOf(client: string | undefined, plugin?: string): string | undefined {
  const prefix = PREFIXES.find(([name]) => client?.toLowerCase().startsWith(name))?.[1];
  return plugin !== undefined && client?.startsWith("claude-code") ? `mcp__plugin_${plugin}_baton__` : prefix;
}
