/** Nothing here may depend on how a user likes git: no hooks, no monitor, no signing, no prompt, no remote, no index in parts. */
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

/** Where git finds its own parts and its user's settings. Every other GIT_ variable is about some other call of git. */
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
  // An object that is missing is missing: it is not fetched, by whatever command the repository names for that. Older versions of git know only
  // the second, which no protocol is called.
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "-",
};

/** What git is to be called with: settings that come before these give way to them. */
export const hermeticArgs = (args: readonly string[], settings: readonly string[] = []): string[] => [
  "--no-pager",
  ...[...settings, ...SETTINGS].flatMap((one) => ["-c", one]),
  ...args,
];

/** The environment for it. */
export const hermeticEnvironment = (environment: Readonly<Record<string, string | undefined>>) => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("GIT_") || INHERITED.has(name)),
  ),
  ...PLAIN,
});
