/** A user's git settings must not matter: no hooks, monitor, signing, prompt, remote or split index. */
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

/** Variables that locate git's parts and its user's settings. Other GIT_ variables belong to another git call. */
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
  // Git must not fetch missing objects, since the repository names the command for it.
  // Old versions of git know only the second variable; no protocol is called "-".
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "-",
};

/** Returns git's arguments. The hermetic settings override `settings`. */
export const hermeticArgs = (args: readonly string[], settings: readonly string[] = []): string[] => [
  "--no-pager",
  ...[...settings, ...SETTINGS].flatMap((one) => ["-c", one]),
  ...args,
];

/** Returns git's environment. */
export const hermeticEnvironment = (environment: Readonly<Record<string, string | undefined>>) => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("GIT_") || INHERITED.has(name)),
  ),
  ...PLAIN,
});
