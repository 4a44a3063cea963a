import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Argument, type Command } from "commander";
import { createTwoFilesPatch } from "diff";
import type { Colors } from "picocolors/types";
import { type Change, type EditPlan, planEdits } from "../hosts/apply-edits.ts";
import type { Launch } from "../hosts/file-edit.ts";
import { HOSTS, type HostName, type HostPlaces, hosts } from "../hosts/hosts.ts";
import { plain } from "../model/text/plain.ts";
import type { Failure } from "../operations/refusal.ts";
import { EXIT } from "./exit.ts";
import { makeChange, readText } from "./init-files.ts";

/** The machine and the person that `baton init` works with. */
export interface Machine {
  readonly cwd: string;
  readonly home: string;
  /** Directory of user settings, usually `~/.config`. */
  readonly settings: string;
  readonly launch: Launch;
  /** Asks the person at the terminal; absent if no person is there. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

interface Options {
  readonly dir?: string;
  readonly yes?: boolean;
  readonly remove?: boolean;
  readonly hook?: boolean;
  readonly json?: boolean;
}

/** Receives output (`out`), failures (`fail`) and the exit code (`leave`). */
export interface InitContext {
  readonly colors: Colors;
  out(text: string): void;
  fail(failure: Failure, json: boolean | undefined): void;
  leave(code: number): void;
}

export function addInitCommand(program: Command, machine: Machine, context: InitContext): void {
  program
    .command("init")
    .description("connect a host to Baton: shows the change and asks before writing (without a host: lists the hosts)")
    .addArgument(new Argument("[host]").choices(HOSTS))
    .option("--dir <dir>", "project directory (default: the current one)")
    .option("--yes", "make the change without asking")
    .option("--remove", "remove what init wrote")
    .option("--hook", "claude: also install the hook that tells each new session what is open, without asking about it")
    .option("--json", "print the result as JSON")
    .action(async (host: HostName | undefined, options: Options) => {
      const project = resolve(machine.cwd, options.dir ?? ".");
      if (!statSync(project, { throwIfNoEntry: false })?.isDirectory()) {
        const message = `${project} is not a directory`;
        return context.fail(
          { kind: "not_found", reason: "not_found", message, hint: "Name the project's directory with --dir." },
          options.json,
        );
      }
      const places: HostPlaces = { project, home: machine.home, settings: machine.settings };
      if (host === undefined) return listHosts(places, machine.launch, options, context);
      await connect(host, places, options, machine, context);
    });
}

interface How {
  readonly remove?: boolean | undefined;
  /** Whether the hook is written, if it is not there. */
  readonly hook?: boolean | undefined;
}

/** What `init` would change. It keeps up a hook that is there, and removes it with all the rest. */
function planFor(host: HostName, places: HostPlaces, launch: Launch, { remove, hook }: How = {}): EditPlan {
  const { edits, hook: offered } = hosts[host];
  const extra = offered && (remove || hook || hasHook(host, places, launch)) ? [offered.edit(places, launch)] : [];
  return planEdits([...edits(places, launch), ...extra], remove ? "erase" : "write", readText);
}

/** Whether the host has the hook: to take it out would change or refuse something. */
function hasHook(host: HostName, places: HostPlaces, launch: Launch): boolean {
  const edit = hosts[host].hook?.edit(places, launch);
  if (!edit) return false;
  const { changes, obstacles } = planEdits([edit], "erase", readText);
  return changes.length > 0 || obstacles.some(({ reason }) => reason === "edited");
}

function listHosts(places: HostPlaces, launch: Launch, { json }: Options, { colors, out }: InitContext): void {
  const found = HOSTS.map((host) => ({
    host,
    title: hosts[host].title,
    found: hosts[host].signs(places).some((path) => existsSync(path)),
    connected: planFor(host, places, launch).changes.length === 0,
  }));
  if (json) return out(JSON.stringify(found));
  for (const { host, title, found: here, connected } of found) {
    const state = connected
      ? colors.green("connected")
      : here
        ? `found; connect it with: baton init ${host}`
        : "not found";
    out(`${host.padEnd(8)} ${title.padEnd(12)} ${here || connected ? state : colors.dim(state)}`);
  }
  out("`baton init <host>` shows the change and asks before it writes.");
}

async function connect(
  host: HostName,
  places: HostPlaces,
  { yes, remove, hook: hookGiven, json }: Options,
  { launch, confirm }: Machine,
  { colors, out, fail, leave }: InitContext,
): Promise<void> {
  const { hook: offered } = hosts[host];
  if (hookGiven && (remove || !offered)) {
    const message = remove
      ? "--hook installs a hook, and --remove removes it"
      : `Baton has no hook for ${hosts[host].title}`;
    return fail({ kind: "bad_input", reason: "bad_input", message, hint: "Leave out --hook." }, json);
  }
  const asks = offered && !remove && !hookGiven && !yes && !json && confirm && !hasHook(host, places, launch);
  const hook = hookGiven || (asks && (await confirm(offered.question)));
  const { changes, obstacles } = planFor(host, places, launch, { remove, hook });
  const { title, afterwards } = hosts[host];
  const say = (text: string) => {
    if (!json) out(text);
  };
  for (const change of changes) say(renderChange(change, colors));
  for (const { path, message, hint } of obstacles)
    say(`${colors.yellow("not done:")} ${plain(path)} ${plain(message)}. ${hint}`);

  const question = `${remove ? "Remove this" : "Write this"} (${count(changes.length)})?`;
  const wanted = changes.length > 0 && (yes || (!json && (await confirm?.(question)) === true));
  const problems: string[] = [];
  for (const change of wanted ? changes : []) {
    const problem = makeChange(change, Object.values(places));
    if (problem !== undefined) problems.push(problem);
  }
  const done = problems.length === 0 && (wanted || (changes.length === 0 && obstacles.length === 0));
  const next = nextOf();
  if (json)
    out(
      JSON.stringify({
        ...{ host, project: places.project, remove: remove === true, done },
        changes: changes.map(({ path, before, after }) => ({ path, change: kindOf({ before, after }) })),
        ...{ obstacles, problems, next },
      }),
    );
  else {
    for (const problem of problems) out(colors.red(plain(problem)));
    if (next !== "") out(next);
  }
  if (problems.length > 0) leave(EXIT.failed);
  else if (obstacles.length > 0) leave(EXIT.refused);

  function nextOf(): string {
    if (changes.length === 0 && obstacles.length > 0) return "";
    if (changes.length === 0)
      return remove
        ? `${title} has no entry from Baton here.`
        : `${title} is already connected to Baton. ${afterwards}`;
    if (problems.length > 0) return "";
    if (wanted && remove)
      return obstacles.length > 0
        ? "Everything else is removed; check the files named above by hand."
        : `Baton is removed from ${title}.`;
    if (wanted && obstacles.length > 0) return "Everything else is written; check the files named above by hand.";
    if (wanted) return `${title} is connected to Baton. ${afterwards}`;
    return confirm && !json ? "Nothing was changed." : "Nothing was changed; --yes makes the change.";
  }
}

const count = (files: number): string => (files === 1 ? "1 file" : `${files} files`);

const kindOf = ({ before, after }: Omit<Change, "path">): "create" | "change" | "remove" =>
  before === undefined ? "create" : after === undefined ? "remove" : "change";

/** Renders a change as a unified diff, with the file's control characters escaped. */
function renderChange({ path, before, after }: Change, colors: Colors): string {
  const [from, to] = [before === undefined ? "/dev/null" : path, after === undefined ? "/dev/null" : path];
  const patch = createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, { context: 3 });
  return patch
    .split("\n")
    .slice(1)
    .map((line) => {
      const shown = plain(line.replace(/\r$/, "")).trimEnd();
      if (/^(---|\+\+\+) /.test(shown)) return colors.bold(shown);
      if (shown.startsWith("+")) return colors.green(shown);
      if (shown.startsWith("-")) return colors.red(shown);
      return shown;
    })
    .join("\n");
}
