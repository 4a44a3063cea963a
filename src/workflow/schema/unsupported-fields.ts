/**
 * Fields that other tools have and Baton does not support yet. Baton rejects them by name, since a workflow that is
 * accepted must do what it says. Keys are places as in `fieldsAt`.
 */
export const UNSUPPORTED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "": ["resources", "notifications", "debug", "rollback"],
  errorHandling: ["rollbackStrategy", "circuitBreaker"],
  steps: ["resources", "notifications", "undo", "cache", "secrets"],
};

export const UNSUPPORTED_VALUES: Readonly<Record<string, readonly string[]>> = {
  "steps.type": ["approval"],
};

/** Field names of other tools, with Baton's name for them. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  cmd: "command",
  script: "command",
  shell: "command",
  env: "environment",
  cwd: "workingDirectory",
  dir: "workingDirectory",
  if: "condition",
  when: "condition",
  depends_on: "dependsOn",
  dependencies: "dependsOn",
  after: "dependsOn",
  needs: "dependsOn",
  timeoutMs: "timeout",
};

const listed = (table: Readonly<Record<string, readonly string[]>>, place: string, name: string) =>
  Object.hasOwn(table, place) && table[place]!.includes(name);

export const isUnsupportedField = (place: string, name: string): boolean => listed(UNSUPPORTED_FIELDS, place, name);
export const isUnsupportedValue = (place: string, value: unknown): boolean =>
  typeof value === "string" && listed(UNSUPPORTED_VALUES, place, value);

/** Baton's name for a field of another tool. */
export function synonym(name: string): string | undefined {
  return Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;
}
