import { ok } from "../model/data/result.ts";
import { commands } from "./commands.ts";
import { type FileEdit, isOurs, type Launch, type Plain } from "./file-edit.ts";
import { eraseHook, writeHook } from "./hook-entry.ts";
import { claudeCommand, gooseRecipe } from "./host-files.ts";
import { eraseJson, writeJson } from "./json-entry.ts";
import { ownFile } from "./ownership-marker.ts";
import { eraseToml, writeToml } from "./toml-table.ts";
import { eraseYaml, writeYaml, type YamlEntry } from "./yaml-entry.ts";

export const HOSTS = ["claude", "goose", "cursor", "vscode", "codex"] as const;
export type HostName = (typeof HOSTS)[number];

/** Directories, absolute and without a slash at their end. */
export interface HostPlaces {
  readonly project: string;
  readonly home: string;
  /** Where programs keep their users' settings, e.g. `~/.config`. */
  readonly settings: string;
}

export interface Host {
  readonly title: string;
  /** Paths that exist if a person uses the host. */
  signs(places: HostPlaces): readonly string[];
  /** The edits that connect the host, in order. */
  edits(places: HostPlaces, launch: Launch): readonly FileEdit[];
  /** A hook that tells each new session of the host what is open. Only if the user wants it. */
  readonly hook?: { readonly question: string; edit(places: HostPlaces, launch: Launch): FileEdit };
  /** The user's next step, as a sentence. */
  readonly afterwards: string;
}

const NAME = "baton";

/** Seconds that Claude Code waits for the briefing. */
const HOOK_TIMEOUT_S = 15;
const BRIEF_COMMAND = /(?:[\\/]baton\.cjs|(?:^|\s)baton-mcp(?:@\S+)?)['"]? brief --if-open$/;

/** The command line that prints what is open, for a shell. */
const briefCommand = ({ command, args }: Launch): string =>
  [command, ...args.slice(0, -1), "brief", "--if-open"].map(shellWord).join(" ");

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const claude: Host = {
  title: "Claude Code",
  signs: ({ project, home }) => [
    `${project}/.mcp.json`,
    `${project}/.claude`,
    `${home}/.claude`,
    `${home}/.claude.json`,
  ],
  edits: ({ project }, { command, args }) => [
    jsonEdit(`${project}/.mcp.json`, "mcpServers", { command, args }),
    ...commands.map((each) => {
      const { file, text } = claudeCommand(each);
      return ownFile(`${project}/.claude/commands/${file}`, text);
    }),
  ],
  hook: {
    question: "Also tell Claude Code at the start of each session what is open here, by a hook?",
    edit({ project }, launch) {
      const entry = {
        ...{ event: "SessionStart", matcher: "startup|resume|compact", timeout: HOOK_TIMEOUT_S },
        command: briefCommand(launch),
        ours: (command: string) => BRIEF_COMMAND.test(command),
      };
      // The settings of one person: the command names the Baton of this machine.
      return { path: `${project}/.claude/settings.local.json`, ...pair(writeHook, eraseHook, entry) };
    },
  },
  afterwards:
    'Start Claude Code in the project and allow the server "baton" when it asks; then type /build and what you want.',
};

const goose: Host = {
  title: "Goose",
  signs: ({ settings }) => [`${settings}/goose`],
  edits({ settings }, { command, args }) {
    const config = `${settings}/goose/config.yaml`;
    const extension = {
      type: "stdio",
      name: NAME,
      description: "Durable orchestration",
      enabled: true,
      cmd: command,
      args,
      timeout: 300,
    };
    const recipes = commands.map((each) => {
      const { file, text } = gooseRecipe(each);
      return { name: each.name, path: `${settings}/goose/recipes/${file}`, text };
    });
    return [
      yamlEdit(config, {
        section: "extensions",
        place: { name: NAME },
        value: extension,
        ours: (found) => isOurs(found, extension),
      }),
      ...recipes.map(({ path, text }) => ownFile(path, text)),
      // Each is put before the ones that are there.
      ...recipes.toReversed().map(({ name, path }) => slashCommand(config, name, path)),
    ];
  },
  afterwards: "Start Goose anywhere, and type /build and what you want.",
};

const cursor: Host = {
  title: "Cursor",
  signs: ({ project, home }) => [`${project}/.cursor`, `${home}/.cursor`],
  edits: ({ project }, { command, args }) => [jsonEdit(`${project}/.cursor/mcp.json`, "mcpServers", { command, args })],
  afterwards:
    'Open the project in Cursor and turn "baton" on in its MCP settings; the prompts build and orchestrate come with it.',
};

const vscode: Host = {
  title: "VS Code",
  signs: ({ project, home, settings }) => [`${project}/.vscode`, `${home}/.vscode`, `${settings}/Code`],
  edits: ({ project }, { command, args }) => [
    jsonEdit(`${project}/.vscode/mcp.json`, "servers", { type: "stdio", command, args, cwd: "${workspaceFolder}" }),
  ],
  afterwards: "Open the project in VS Code, start the server there, and type /mcp.baton.build in the chat of an agent.",
};

const codex: Host = {
  title: "Codex",
  signs: ({ project, home }) => [`${project}/.codex`, `${home}/.codex`],
  edits: ({ project }, { command, args }) => [
    {
      path: `${project}/.codex/config.toml`,
      ...pair(writeToml, eraseToml, { section: "mcp_servers", name: NAME, value: { command, args } }),
    },
  ],
  afterwards: "Codex reads this file in projects that you trust. Ask it to orchestrate what you want.",
};

export const hosts: Readonly<Record<HostName, Host>> = { claude, goose, cursor, vscode, codex };

const jsonEdit = (path: string, section: string, value: Readonly<Record<string, Plain>>): FileEdit => ({
  path,
  ...pair(writeJson, eraseJson, { section, name: NAME, value }),
});

const yamlEdit = (path: string, entry: YamlEntry): FileEdit => ({ path, ...pair(writeYaml, eraseYaml, entry) });

/** Goose ignores the case of command names, and ignores commands whose recipe is no file. */
function slashCommand(config: string, name: string, recipe: string): FileEdit {
  const value = { command: name, recipe_path: recipe };
  const file = recipe.slice(recipe.lastIndexOf("/"));
  const ours = (found: unknown) => {
    const { recipe_path, ...others } = found as Record<string, unknown>;
    return typeof recipe_path === "string" && recipe_path.endsWith(file) && Object.keys(others).join() === "command";
  };
  return yamlEdit(config, { section: "slash_commands", place: { item: name }, value, ours });
}

type Edits<T> = (text: string | undefined, entry: T) => ReturnType<FileEdit["write"]>;

/** Some editors begin a file with a byte order mark. Parsers reject it, so edits skip and keep it. */
function pair<T>(write: Edits<T>, erase: Edits<T>, entry: T): Pick<FileEdit, "write" | "erase"> {
  const behindMark = (edit: Edits<T>) => (text: string | undefined) => {
    if (!text?.startsWith("\uFEFF")) return edit(text, entry);
    const edited = edit(text.slice(1), entry);
    return edited.ok ? ok(`\uFEFF${edited.value ?? ""}`) : edited;
  };
  return { write: behindMark(write), erase: behindMark(erase) };
}
