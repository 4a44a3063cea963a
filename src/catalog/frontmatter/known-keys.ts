/**
 * Keys that frontmatter in the wild uses. In a block that is not YAML, they begin a new section wherever they stand.
 */
export const KNOWN_KEYS: ReadonlySet<string> = new Set(
  `name description license version allowed-tools author tools model requires metadata origin source color capabilities
  argument-hint type role mode domain tags hooks dependencies category priority user-invocable disable-model-invocation triggers
  activation_triggers when_to_use compatibility skills mcp-servers allowedTools allowed_tools disallowedTools disallowed-tools
  command agents effort permissionMode inputs parameters arguments inputSchema outputSchema output_schema keywords globs paths hidden target
  homepage repository updated created`.split(/\s+/),
);

/** Words that begin lines of a dialogue in the examples of descriptions. They are never keys. */
export const SPEAKERS: ReadonlySet<string> = new Set([
  "user",
  "assistant",
  "context",
  "commentary",
  "example",
  "system",
]);
