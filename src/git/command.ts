import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { after, type Scheduler } from "../model/contracts/scheduler.ts";
import { err, type Result } from "../model/data/result.ts";
import { killGroup } from "../system/process.ts";
import { hermeticArgs, hermeticEnvironment } from "./hermetic-settings.ts";

/** The settings of one operation on a repository. */
export interface GitSettings {
  /** Variables that git inherits: PATH, HOME. `Git` drops those that name a repository, index or configuration. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly scheduler: Scheduler;
  /** Directories that git neither reads nor changes, e.g. Baton's own state. Absolute. */
  readonly exclude?: readonly string[];
  /** For the whole operation, in milliseconds. */
  readonly timeout?: number;
}

export interface GitFailure<R extends string = never> {
  readonly reason: "not-a-repository" | "no-git" | "failed" | "timeout" | R;
  readonly message: string;
}

/** Aborts an operation; `asResult` turns it into a value. */
export class GitError extends Error {
  override readonly name = "GitTrouble";
  constructor(
    readonly reason: GitFailure["reason"],
    message: string,
  ) {
    super(message);
  }
}

/** Returns an operation's outcome as a value. Errors of the file system are expected failures, too. */
export async function asResult<T, R extends string = never>(
  work: () => Promise<Result<T, GitFailure<R>>>,
): Promise<Result<T, GitFailure<R>>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GitError) return err({ reason: error.reason, message: error.message });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || typeof code !== "string" || code.startsWith("ERR_")) throw error;
    return err({ reason: "failed", message });
  }
}

export interface GitCallOptions {
  readonly cwd: string;
  readonly index?: string;
  /** Absent: git reads the repository's configuration. Only calls about refs and locations may omit it. */
  readonly through?: PrivateGitDir;
  /** The work tree, if it is not `cwd`. */
  readonly workTree?: string;
  /** Git reads them from stdin, each followed by NUL. Without `paths` and `text`, stdin is closed. */
  readonly paths?: readonly RawPath[];
  readonly text?: string | Buffer;
  readonly variables?: Readonly<Record<string, string>>;
  /** Exit codes besides 0 that count as success. */
  readonly answers?: readonly number[];
}

/**
 * A path relative to the top of the work tree, as git prints it: each byte is one character (latin1).
 * File names need not be UTF-8, and a decoded name could become the name of another file.
 */
export type RawPath = string;

export const pathFromRaw = (path: RawPath): string => Buffer.from(path, "latin1").toString("utf8");
export const pathToRaw = (path: string): RawPath => Buffer.from(path, "utf8").toString("latin1");

/** Hides the settings of the system and of the user: they may name filters and hooks. */
const NO_USER_SETTINGS = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

/** `ask` holds at most this many bytes of output in memory. `list` streams its output and has no limit. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 2000;
const KILL_GRACE_MS = 2000;

/** Runs the git commands of one operation. They share its settings and its timeout. */
export class Git {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #scheduler: Scheduler;
  readonly #timeout: number;
  readonly #deadline: number;

  constructor({ environment, scheduler, timeout = 120_000 }: GitSettings) {
    this.#environment = hermeticEnvironment(environment);
    this.#timeout = timeout;
    this.#scheduler = scheduler;
    this.#deadline = scheduler.elapsed() + timeout;
  }

  /** The default path of a user's git file, e.g. `ignore`. */
  userFile(name: string): string | undefined {
    const { XDG_CONFIG_HOME, HOME } = this.#environment;
    if (XDG_CONFIG_HOME) return join(XDG_CONFIG_HOME, "git", name);
    return HOME ? join(HOME, ".config/git", name) : undefined;
  }

  /** Runs a command with short output. Returns stdout without the last newline. */
  async ask(args: readonly string[], asked: GitCallOptions): Promise<{ code: number; text: string }> {
    const parts: Buffer[] = [];
    let size = 0;
    const code = await this.#run(args, asked, (part) => {
      size += part.length;
      if (size > MAX_ANSWER_BYTES)
        throw new GitError("failed", `git ${args[0]} answered with more than ${MAX_ANSWER_BYTES} bytes`);
      parts.push(part);
    });
    return { code, text: Buffer.concat(parts).toString("utf8").replace(/\n$/, "") };
  }

  /** Runs a command that prints records, each followed by `end`. Calls `each` for every record. */
  async list(
    args: readonly string[],
    asked: GitCallOptions,
    each: (record: string) => void,
    end = "\0",
  ): Promise<void> {
    let rest = "";
    await this.#run(args, asked, (part) => {
      const records = (rest + part.toString("latin1")).split(end);
      rest = records.pop()!;
      records.forEach(each);
    });
  }

  #run(args: readonly string[], asked: GitCallOptions, heard: (part: Buffer) => void): Promise<number> {
    const { cwd, index, through, workTree = cwd, paths, text, variables, answers = [] } = asked;
    const left = this.#deadline - this.#scheduler.elapsed();
    const late = () => new GitError("timeout", `git ${args[0]} did not end within ${this.#timeout} ms, in ${cwd}`);
    if (left <= 0) return Promise.reject(late());
    const input = text ?? (paths && Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1"));
    return new Promise((resolve, reject) => {
      // In its own process group git has no terminal to prompt at, and its children can be killed with it.
      const child = spawn("git", hermeticArgs(args, through?.settings), {
        cwd,
        detached: true,
        stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        env: {
          ...this.#environment,
          ...(index !== undefined && { GIT_INDEX_FILE: index }),
          ...(through && {
            ...NO_USER_SETTINGS,
            // Old versions of git ignore NO_USER_SETTINGS and look for the user's settings here.
            HOME: through.gitDir,
            XDG_CONFIG_HOME: through.gitDir,
            GIT_DIR: through.gitDir,
            GIT_OBJECT_DIRECTORY: through.objects,
            GIT_WORK_TREE: workTree,
          }),
          ...variables,
        },
      });
      let trouble: Error | undefined;
      let complaint = "";
      const release = killAfter(this.#scheduler, child, left, () => {
        trouble ??= late();
      });
      const give = (error: Error) => {
        trouble ??= error;
        if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
      };
      child.stdout!.on("data", (part: Buffer) => {
        try {
          if (!trouble) heard(part);
        } catch (error) {
          give(error as Error);
        }
      });
      child.stderr!.on("data", (part: Buffer) => {
        if (complaint.length < MAX_STDERR_CHARACTERS) complaint += part.toString("utf8");
      });
      // A git that stops reading stdin explains itself with its exit code.
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
      child.once("error", (error: NodeJS.ErrnoException) => {
        release();
        reject(notStarted(error));
      });
      child.once("close", (code, signal) => {
        release();
        if (trouble) return reject(trouble);
        if (code === 0 || (code !== null && answers.includes(code))) return resolve(code);
        const said = complaint.trim().slice(0, MAX_STDERR_CHARACTERS);
        reject(new GitError("failed", `git ${args[0]} in ${cwd}: ${said || (signal ?? `exit code ${code}`)}`));
      });
    });
  }
}

function notStarted(error: NodeJS.ErrnoException): GitError {
  if (error.code !== "ENOENT") return new GitError("failed", `git could not be started: ${error.message}`);
  return new GitError("no-git", "git is not installed, or not on the PATH that Baton was started with");
}

/** Sends SIGTERM after `delay`, so that git removes its locks, and SIGKILL later. Returns a function that cancels. */
function killAfter(scheduler: Scheduler, child: ChildProcess, delay: number, late: () => void): () => void {
  let cancel = after(scheduler, delay, () => {
    late();
    if (child.pid === undefined) return;
    killGroup(child.pid, "SIGTERM");
    cancel = after(scheduler, KILL_GRACE_MS, () => killGroup(child.pid!, "SIGKILL"));
  });
  return () => cancel();
}

/**
 * Baton's own git directory over the objects of a repository.
 * Git reads no configuration of the repository or its user through it.
 * So no known or future setting makes git run a filter, monitor, hook, helper or remote.
 */
export interface PrivateGitDir {
  readonly gitDir: string;
  readonly objects: string;
  /** Settings copied from the repository: properties of the file system and ignore files. */
  readonly settings: readonly string[];
}
