import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { err, type Result } from "../model/result.ts";
import { killGroup } from "../system/process.ts";
import { hermeticArgs, hermeticEnvironment } from "./hermetic-settings.ts";

/** What every operation on a repository needs to know. */
export interface GitSettings {
  /** What git inherits: PATH, HOME. Variables that point git at a repository, an index or a configuration are left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directories that are not looked into and never changed, e.g. Baton's own state. Absolute. */
  readonly exclude?: readonly string[];
  /** For the whole operation, in milliseconds. */
  readonly timeout?: number;
}

export interface GitFailure<R extends string = never> {
  readonly reason: "not-a-repository" | "no-git" | "failed" | "timeout" | R;
  readonly message: string;
}

/** Ends an operation from deep inside of it; becomes a value in `asResult`. */
export class GitError extends Error {
  override readonly name = "GitTrouble";
  constructor(
    readonly reason: GitFailure["reason"],
    message: string,
  ) {
    super(message);
  }
}

/** An operation's outcome as a value. What the file system refuses is expected, too. */
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
  /** Without it, git reads the repository's configuration: only for what is about its refs and where it is. */
  readonly through?: PrivateGitDir;
  /** Another work tree than `cwd`. */
  readonly workTree?: string;
  /** Written to stdin, each followed by NUL. Otherwise stdin is closed. */
  readonly paths?: readonly RawPath[];
  readonly text?: string | Buffer;
  readonly variables?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, besides 0. */
  readonly answers?: readonly number[];
}

/**
 * A path as git has it, relative to the top of the work tree: bytes, each as one character. File names need not be UTF-8, and a name
 * that was changed on its way through would be another file's.
 */
export type RawPath = string;

export const pathFromRaw = (path: RawPath): string => Buffer.from(path, "latin1").toString("utf8");
export const pathToRaw = (path: string): RawPath => Buffer.from(path, "utf8").toString("latin1");

/** Nobody's settings: those of the system and of the user belong to them, with filters and all. */
const NO_USER_SETTINGS = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

/** The longest answer that is kept in memory, in bytes. Lists of files are streamed instead, and have no bound. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 2000;
const KILL_GRACE_MS = 2000;

/** One operation's calls of git: they share its settings and its time. */
export class Git {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #timeout: number;
  readonly #deadline: number;

  constructor({ environment, timeout = 120_000 }: GitSettings) {
    this.#environment = hermeticEnvironment(environment);
    this.#timeout = timeout;
    this.#deadline = performance.now() + timeout;
  }

  /** Where git looks for a file of its user's, if no setting says otherwise. */
  userFile(name: string): string | undefined {
    const { XDG_CONFIG_HOME, HOME } = this.#environment;
    if (XDG_CONFIG_HOME) return join(XDG_CONFIG_HOME, "git", name);
    return HOME ? join(HOME, ".config/git", name) : undefined;
  }

  /** Runs a command that says little; gives its stdout, without the last newline. */
  async ask(args: readonly string[], asked: GitCallOptions): Promise<{ code: number; text: string }> {
    const parts: Buffer[] = [];
    let size = 0;
    const code = await this.#run(args, asked, (part) => {
      size += part.length;
      if (size > MAX_ANSWER_BYTES)
        throw new GitError("failed", `git ${args[0]} says more than ${MAX_ANSWER_BYTES} bytes`);
      parts.push(part);
    });
    return { code, text: Buffer.concat(parts).toString("utf8").replace(/\n$/, "") };
  }

  /** Runs a command that lists things, each ended by NUL, or whatever else; tells them one by one. */
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
    const left = this.#deadline - performance.now();
    const late = () => new GitError("timeout", `git ${args[0]} was not done after ${this.#timeout} ms, in ${cwd}`);
    if (left <= 0) return Promise.reject(late());
    const input = text ?? (paths && Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1"));
    return new Promise((resolve, reject) => {
      // A session of its own: no terminal to prompt at, and whatever git starts is killed with it.
      const child = spawn("git", hermeticArgs(args, through?.settings), {
        cwd,
        detached: true,
        stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        env: {
          ...this.#environment,
          ...(index !== undefined && { GIT_INDEX_FILE: index }),
          ...(through && {
            ...NO_USER_SETTINGS,
            // Versions of git that know nothing of the variables look for their user's settings here.
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
      const release = killAfter(child, left, () => {
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
      // Who does not read its input to the end says why in its exit code.
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

/** Git takes its locks away when it is asked to end; who does not listen is killed. Returns what takes it back. */
function killAfter(child: ChildProcess, delay: number, late: () => void): () => void {
  let timer = setTimeout(() => {
    late();
    if (child.pid === undefined) return;
    killGroup(child.pid, "SIGTERM");
    timer = setTimeout(() => killGroup(child.pid!, "SIGKILL"), KILL_GRACE_MS);
  }, delay);
  return () => clearTimeout(timer);
}

/**
 * A git directory of our own over the objects of a repository. No configuration of the repository or of its user is read through it, so there is
 * no filter, monitor, hook, helper or remote that git could run: none that we know of, and none that a later git brings.
 */
export interface PrivateGitDir {
  readonly gitDir: string;
  readonly objects: string;
  /** Plain values that must hold here as there: how the file system is, what is ignored. */
  readonly settings: readonly string[];
}
