/**
 * Nothing here may depend on the user's git: no hooks, no monitor, no signing, no prompt, no remote, no split index.
 */
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.splitIndex=false",
  "core.ignoreStat=false",
  "core.safecrlf=false",
  "core.protectHFS=true",
  "core.protectNTFS=true",
  "core.sparseCheckout=false",
  "credential.helper=",
  "protocol.allow=never",
  "core.logAllRefUpdates=false",
  "commit.gpgsign=false",
  "i18n.commitEncoding=UTF-8",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
];

/** Where git finds its own parts and its user's settings. Every other GIT_ variable belongs to another git call. */
const INHERITED = new Set([
  "GIT_EXEC_PATH",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CEILING_DIRECTORIES",
  "GIT_DISCOVERY_ACROSS_FILESYSTEM",
]);

const PLAIN = {
  LC_ALL: "C",
  LANGUAGE: "",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "false",
  SSH_ASKPASS_REQUIRE: "never",
  // A missing object stays missing: git does not fetch it with a command that the repository names. Older versions know
  // only the second setting, under which no protocol is allowed.
  // the second, which no protocol is called.
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "-",
};

/** Git's arguments. Settings that come before these yield to them. */
export const quiet = (args: readonly string[], settings: readonly string[] = []): string[] => [
  "--no-pager",
  ...[...settings, ...SETTINGS].flatMap((one) => ["-c", one]),
  ...args,
];

/** Git's environment. */
export const quietly = (environment: Readonly<Record<string, string | undefined>>) => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("GIT_") || INHERITED.has(name)),
  ),
  ...PLAIN,
});
