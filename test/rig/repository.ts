import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { captureCode } from "../../src/git/capture.ts";
import type { GitSettings } from "../../src/git/command.ts";
import type { CodeSnapshot } from "../../src/model/checkpoint.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { scratch } from "./baton.ts";

/** The reason to skip tests of git, if there is one. */
export const noGit = spawnSync("git", ["--version"]).status === 0 ? undefined : "git is not installed";

/** A real repository in a temporary directory, with a user who has only these settings. */
export class Repository {
  readonly #home = scratch();
  #places?: { readonly git: string; readonly common: string };

  constructor(readonly top: string) {}

  /** @param files committed, if there are any */
  static make(
    files: Readonly<Record<string, string>> = {},
    settings: Readonly<Record<string, string>> = {},
  ): Repository {
    const repository = new Repository(join(realpathSync(scratch()), "work"));
    mkdirSync(repository.top);
    // Without git's sample hooks.
    repository.git("init", "--quiet", "--initial-branch=main", "--template=");
    for (const [name, value] of Object.entries(settings)) repository.git("config", name, value);
    for (const [path, text] of Object.entries(files)) repository.write(path, text);
    if (Object.keys(files).length > 0) repository.commit("first");
    return repository;
  }

  get environment(): Record<string, string> {
    const identity = { NAME: "A", EMAIL: "a@localhost" };
    const who = Object.entries(identity).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]);
    const own = { PATH: process.env.PATH!, HOME: this.#home, GIT_CONFIG_NOSYSTEM: "1", GIT_OPTIONAL_LOCKS: "0" };
    return { ...own, ...Object.fromEntries(who) };
  }

  get settings(): GitSettings {
    return { environment: this.environment, scheduler: systemScheduler };
  }

  /**
   * Settings with a git that first runs a script, which simulates events during git's work. `$command` is git's
   * command.
   */
  behind(script: string): GitSettings {
    const directory = scratch();
    const find = `for one in "$@"; do case "$one" in checkout-index | write-tree) command="$one" ;; esac; done`;
    const text = `#!/bin/sh\ncommand=\n${find}\n${script}\nPATH="\${PATH#*:}" exec git "$@"\n`;
    writeFileSync(join(directory, "git"), text, { mode: 0o755 });
    return {
      environment: { ...this.environment, PATH: `${directory}:${process.env.PATH}` },
      scheduler: systemScheduler,
    };
  }

  /** Another work tree, or a repository inside this one. */
  at(path: string): Repository {
    return new Repository(join(this.top, path));
  }

  git(...args: readonly string[]): string {
    return this.bytes(...args)
      .toString("utf8")
      .replace(/\n$/, "");
  }

  bytes(...args: readonly string[]): Buffer {
    return execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: this.top,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 2 ** 28,
    });
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.top, path)), { recursive: true });
    writeFileSync(join(this.top, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.top, path), "utf8");
  }

  has(path: string): boolean {
    return existsSync(join(this.top, path));
  }

  commit(message: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  /** Captures the code, and expects that nothing visible to the user has changed. */
  async capture(id = "cp_1", cwd = this.top): Promise<CodeSnapshot> {
    const before = this.everything();
    const result = await captureCode(cwd, { id, message: `checkpoint ${id}`, now: 1_700_000_000_000 }, this.settings);
    if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`);
    const after = this.everything();
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      throw new Error(`a capture has changed ${JSON.stringify({ before, after }, null, 1)}`);
    }
    return result.value;
  }

  /** The files of a commit with their modes, as git names them. */
  tree(commit: string): string[] {
    const entries = this.git("ls-tree", "-r", "-z", commit).split("\0").filter(Boolean);
    return entries.map((entry) => entry.replace(/ [^\t]*\t/, " "));
  }

  content(commit: string, path: string): string {
    return this.git("cat-file", "blob", `${commit}:${path}`);
  }

  /** Everything that a capture must not change. */
  everything(): Record<string, unknown> {
    const places = this.#where();
    const index = join(places.git, "index");
    const stash = join(places.common, "logs/refs/stash");
    return {
      index: existsSync(index) && createHash("sha256").update(readFileSync(index)).digest("hex"),
      head: readFileSync(join(places.git, "HEAD"), "utf8"),
      refs: this.git("for-each-ref", "--format=%(refname) %(objectname)")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("refs/baton/")),
      stash: existsSync(stash) && readFileSync(stash, "utf8"),
      status: this.git("status", "--porcelain=v1", "-z", "--branch"),
      leftOver: readdirSync(places.git).filter((name) => name.startsWith("baton")),
      files: this.files(),
    };
  }

  /** The git directories of this work tree and of all work trees. Cached, because they are read often. */
  #where() {
    if (this.#places) return this.#places;
    const [git, common] = this.git("rev-parse", "--absolute-git-dir", "--git-common-dir").split("\n");
    this.#places = { git: git!, common: resolve(this.top, common!) };
    return this.#places;
  }

  /** Every file on the disk except git's own, including ignored files. */
  files(): Record<string, string> {
    const found: [string, string][] = [];
    const walk = (directory: string) => {
      for (const entry of readdirSync(Buffer.from(join(this.top, directory)), {
        withFileTypes: true,
        encoding: "buffer",
      })) {
        const name = entry.name.toString("latin1");
        if (name === ".git") continue;
        const path = directory === "" ? name : `${directory}/${name}`;
        const place = Buffer.concat([Buffer.from(`${this.top}/`), Buffer.from(path, "latin1")]);
        if (entry.isDirectory()) walk(path);
        else if (entry.isSymbolicLink()) found.push([path, `link ${readlinkSync(place)}`]);
        else if (!entry.isFile()) found.push([path, "special"]);
        else {
          const kind = lstatSync(place).mode & 0o100 ? "program" : "file";
          found.push([path, `${kind} ${createHash("sha256").update(readFileSync(place)).digest("hex").slice(0, 16)}`]);
        }
      }
    };
    walk("");
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
