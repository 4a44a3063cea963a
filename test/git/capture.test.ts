import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { captureCode } from "../../src/git/capture.ts";
import { CodeSnapshot } from "../../src/model/checkpoint.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { scratch } from "../rig/baton.ts";
import { noGit, Repository } from "../rig/repository.ts";

const about = { id: "cp_1", message: "a checkpoint", now: 1_700_000_000_000 };

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

describe("a capture", () => {
  test("captures HEAD, branch and files of a clean work tree", async () => {
    const repository = Repository.make({ "a.txt": "a", "b/c.txt": "c" });
    const head = repository.git("rev-parse", "HEAD");
    const code = await repository.capture();
    expect(code).toEqual({
      repository: repository.top,
      head,
      branch: "main",
      commit: repository.git("rev-parse", "refs/baton/checkpoints/cp_1"),
      ref: "refs/baton/checkpoints/cp_1",
      dirty: false,
      files: 0,
    });
    expect(CodeSnapshot.parse(code)).toEqual(code);
    expect(repository.git("rev-parse", `${code.commit}^{tree}`)).toBe(repository.git("rev-parse", "HEAD^{tree}"));
    expect(repository.git("log", "-1", "--format=%P %an %ae %cd %B", "--date=unix", code.commit)).toBe(
      `${head} Baton baton@localhost 1700000000 checkpoint cp_1\n`,
    );
  });

  test("captures changed, staged, deleted, executable and new files, and no ignored file", async () => {
    const repository = Repository.make({
      same: "1",
      changed: "1",
      staged: "1",
      deleted: "1",
      program: "1",
      dropped: "1",
    });
    repository.write(".gitignore", "secret\n");
    repository.write("secret", "s");
    repository.write("changed", "2");
    repository.write("staged", "2");
    repository.git("add", "staged");
    unlinkSync(join(repository.top, "deleted"));
    chmodSync(join(repository.top, "program"), 0o755);
    repository.git("rm", "--quiet", "--cached", "dropped");
    repository.write("new/file", "n");
    mkdirSync(join(repository.top, "empty"));
    const code = await repository.capture();
    expect(code).toMatchObject({ dirty: true, files: 6 });
    expect(repository.tree(code.commit)).toEqual([
      "100644 .gitignore",
      "100644 changed",
      "100644 dropped",
      "100644 new/file",
      "100755 program",
      "100644 same",
      "100644 staged",
    ]);
    for (const path of ["changed", "staged"]) expect(repository.content(code.commit, path)).toBe("2");
  });

  test("captures the staged content and the later content of a file", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write("a", "2");
    repository.git("add", "a");
    repository.write("a", "3");
    const { commit, head } = await repository.capture();
    expect(repository.content(commit, "a")).toBe("3");
    expect(repository.content(`${commit}^2`, "a")).toBe("2");
    expect(repository.git("rev-parse", `${commit}^1`, `${commit}^2^`)).toBe(`${head}\n${head}`);
  });

  test("captures code before the first commit, with an empty or filled index", async () => {
    const repository = Repository.make();
    repository.write("a", "1");
    const first = await repository.capture("cp_1");
    expect(first).toMatchObject({ branch: "main", dirty: true, files: 1 });
    expect(first.head).toBeUndefined();
    expect(repository.git("log", "--format=%P", first.commit)).toBe("");
    repository.git("add", "a");
    repository.write("b", "2");
    expect(repository.tree((await repository.capture("cp_2")).commit)).toEqual(["100644 a", "100644 b"]);
    const empty = await Repository.make().capture();
    expect(empty).toMatchObject({ dirty: false, files: 0 });
  });

  test("captures code on a detached HEAD and from a subdirectory", async () => {
    const repository = Repository.make({ "a/b": "1" });
    repository.git("checkout", "--quiet", "--detach");
    repository.write("top", "2");
    const code = await repository.capture("cp_1", join(repository.top, "a"));
    expect(code).toMatchObject({ repository: repository.top, files: 1 });
    expect(code.branch).toBeUndefined();
    expect(code.head).toBe(repository.git("rev-parse", "HEAD"));
  });

  test("captures one linked work tree, with a ref that all work trees see", async () => {
    const repository = Repository.make({ a: "1" });
    repository.git("worktree", "add", "--quiet", "-b", "side", "../side");
    const side = repository.at("../side");
    side.write("a", "2");
    side.write("new", "2");
    const code = await side.capture();
    expect(code).toMatchObject({ branch: "side", files: 2 });
    expect(repository.git("rev-parse", code.ref)).toBe(code.commit);
    expect(repository.content(code.commit, "new")).toBe("2");
  });

  test("captures files with conflict marks in the middle of a merge", async () => {
    const repository = Repository.make({ both: "1", theirs: "1", gone: "1" });
    repository.git("checkout", "--quiet", "-b", "side");
    repository.write("both", "side");
    repository.write("theirs", "side");
    repository.write("gone", "side");
    repository.commit("side");
    repository.git("checkout", "--quiet", "main");
    repository.write("both", "main");
    repository.git("rm", "--quiet", "gone");
    repository.commit("main");
    expect(() => repository.git("merge", "side")).toThrow();
    expect(repository.git("ls-files", "--unmerged")).not.toBe("");
    unlinkSync(join(repository.top, "gone"));
    const { commit } = await repository.capture();
    expect(repository.content(commit, "both")).toContain("<<<<<<<");
    expect(repository.tree(commit)).toEqual(["100644 both", "100644 theirs"]);
  });

  test("captures submodules as the index records them, without their contents", async () => {
    const inner = Repository.make({ x: "1" });
    const repository = Repository.make({ a: "1" });
    repository.git("submodule", "--quiet", "add", inner.top, "sub");
    const recorded = repository.commit("with a submodule");
    const sub = repository.at("sub");
    sub.write("x", "2");
    sub.commit("inside");
    sub.write("y", "3");
    const code = await repository.capture("cp_1");
    expect(code).toMatchObject({ dirty: false, files: 0 });
    expect(repository.git("rev-parse", `${code.commit}:sub`)).toBe(repository.git("rev-parse", `${recorded}:sub`));
    rmSync(sub.top, { recursive: true });
    expect(await repository.capture("cp_2")).toMatchObject({ files: 0 });
    // A file has replaced the submodule, and the index still names the submodule.
    repository.write("sub", "a file now");
    const { commit } = await repository.capture("cp_3");
    expect(repository.content(commit, "sub")).toBe("a file now");
  });

  test("reports nested repositories that a capture leaves out, with or without commits", async () => {
    const repository = Repository.make({ a: "1", taken: "1" });
    for (const name of ["born", "unborn", "deep/er"]) {
      mkdirSync(join(repository.top, name), { recursive: true });
      repository.at(name).git("init", "--quiet");
      repository.at(name).write("file", "x");
    }
    repository.at("born").commit("x");
    repository.write("deep/file", "x");
    unlinkSync(join(repository.top, "taken"));
    repository.git("worktree", "add", "--quiet", "taken");
    const { commit, unrecorded } = await repository.capture();
    expect(repository.tree(commit)).toEqual(["100644 a", "100644 deep/file"]);
    expect(unrecorded!.total).toBe(4);
    expect(unrecorded!.first.map(({ path, why }) => `${why} ${path}`).sort()).toEqual(
      ["born", "deep/er", "taken", "unborn"].map((path) => `repository ${path}`),
    );
  });

  test("captures symbolic links as links, whatever their target", async () => {
    const repository = Repository.make({ "dir/file": "1", target: "1" });
    rmSync(join(repository.top, "dir"), { recursive: true });
    symlinkSync("..", join(repository.top, "dir"));
    symlinkSync("nowhere", join(repository.top, "dangling"));
    symlinkSync("/etc/passwd", join(repository.top, "out"));
    const { commit } = await repository.capture();
    expect(repository.tree(commit)).toEqual(["120000 dangling", "120000 dir", "120000 out", "100644 target"]);
    expect(repository.content(commit, "out")).toBe("/etc/passwd");
  });

  test("captures a file that became a directory, and the reverse", async () => {
    const repository = Repository.make({ file: "1", "dir/a": "1", "dir/b/c": "1" });
    unlinkSync(join(repository.top, "file"));
    repository.write("file/inside", "2");
    rmSync(join(repository.top, "dir"), { recursive: true });
    repository.write("dir", "2");
    const { commit } = await repository.capture();
    expect(repository.tree(commit)).toEqual(["100644 dir", "100644 file/inside"]);
  });

  test("captures files with any possible name", async () => {
    const names = [
      "new\nline",
      'quo"te',
      "-n",
      "--all",
      "ünï",
      "tab\t",
      " space ",
      "*",
      ":!a",
      ":(top)b",
      "\\",
      "$(x)",
      "a\u2028",
    ];
    const repository = Repository.make(Object.fromEntries(names.slice(0, 6).map((name) => [name, "1"])));
    for (const name of names) repository.write(name, "2");
    repository.write("-dir/-x", "2");
    const odd = Buffer.concat([Buffer.from(`${repository.top}/no-utf8-`), Buffer.from([0xff, 0xfe])]);
    writeFileSync(odd, "2");
    const { commit, files } = await repository.capture();
    expect(files).toBe(names.length + 2);
    for (const name of [...names, "-dir/-x"]) expect(repository.content(commit, name)).toBe("2");
    expect(
      repository.bytes("ls-tree", "-r", "-z", "--name-only", commit).includes(Buffer.from([0x2d, 0xff, 0xfe, 0])),
    ).toBe(true);
  });

  test("captures a file of 50 MB", async () => {
    const repository = Repository.make({ a: "1" });
    const large = Buffer.alloc(50 * 1024 * 1024);
    for (let at = 0; at < large.length; at += 64) large.writeUInt32LE((at * 2654435761) >>> 0, at);
    repository.write("large", large);
    const { commit } = await repository.capture();
    expect(repository.bytes("cat-file", "blob", `${commit}:large`).equals(large)).toBe(true);
  });

  test("captures changes to files marked assume-unchanged or skip-worktree", async () => {
    const repository = Repository.make({ assumed: "1", skipped: "1", absent: "1" });
    repository.git("update-index", "--assume-unchanged", "assumed");
    repository.git("update-index", "--skip-worktree", "skipped", "absent");
    repository.write("assumed", "2");
    repository.write("skipped", "2");
    unlinkSync(join(repository.top, "absent"));
    const { commit, files } = await repository.capture();
    expect(files).toBe(2);
    for (const path of ["assumed", "skipped"]) expect(repository.content(commit, path)).toBe("2");
    expect(repository.content(commit, "absent")).toBe("1");
  });

  test.each([[[]], [["--sparse-index"]]])(
    "captures files outside a sparse checkout as unchanged %j",
    async (options) => {
      const repository = Repository.make({ "in/a": "1", "out/a": "1", "out/deep/b": "1", top: "1" });
      repository.git("sparse-checkout", "init", "--cone", ...options);
      repository.git("sparse-checkout", "set", "in");
      expect(repository.has("out")).toBe(false);
      expect(await repository.capture("cp_1")).toMatchObject({ files: 0 });
      repository.write("in/a", "2");
      repository.write("out/new", "2");
      const { commit, files } = await repository.capture("cp_2");
      expect(files).toBe(2);
      expect(repository.tree(commit)).toHaveLength(5);
    },
  );

  test("captures the exact bytes of files that git would convert", async () => {
    const repository = Repository.make({ a: "1\n", ".gitattributes": "*.bat text eol=crlf\n*.bin -text\n" });
    repository.git("config", "core.autocrlf", "true");
    repository.git("config", "core.safecrlf", "true");
    const files = { a: "1\r\nmixed\n", "b.bat": "x\r\n", "c.bin": "x\r\n" };
    for (const [path, text] of Object.entries(files)) repository.write(path, text);
    const { commit } = await repository.capture();
    for (const [path, text] of Object.entries(files)) {
      expect(repository.bytes("cat-file", "blob", `${commit}:${path}`).toString()).toBe(text);
    }
  });

  test("applies no git filter, and captures the unfiltered content of files", async () => {
    const repository = Repository.make({ ".gitattributes": "*.up filter=up\n*.big filter=big\n*.other filter=none\n" });
    repository.git("config", "filter.up.clean", "tr a-z A-Z");
    repository.write("clean.up", "text");
    // An older modification time: git rereads files as new as its index, and without the filter they look changed.
    utimesSync(join(repository.top, "clean.up"), 1e9, 1e9);
    repository.commit("filtered");
    expect(repository.content("HEAD", "clean.up")).toBe("TEXT");
    repository.git("config", "filter.big.clean", "no-such-program clean %f");
    repository.git("config", "filter.big.required", "true");
    for (const name of ["x.up", "x.big", "x.other"]) repository.write(name, "text");
    const { commit, files } = await repository.capture();
    for (const name of ["clean.up", "x.up", "x.big", "x.other"]) expect(repository.content(commit, name)).toBe("text");
    // A committed file that the filter converted does not count as changed.
    expect(files).toBe(3);
  });

  test("captures files added with --intent-to-add", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write("announced", "2");
    repository.write("gone", "2");
    repository.git("add", "--intent-to-add", "announced", "gone");
    unlinkSync(join(repository.top, "gone"));
    const { commit } = await repository.capture();
    expect(repository.tree(commit)).toEqual(["100644 a", "100644 announced"]);
    expect(repository.content(commit, "announced")).toBe("2");
  });

  test("captures code despite an index lock, and from a split index", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    repository.git("update-index", "--split-index");
    writeFileSync(join(repository.top, ".git", "index.lock"), "");
    repository.write("a", "2");
    const { commit } = await repository.capture();
    expect(repository.content(commit, "a")).toBe("2");
    expect(existsSync(join(repository.top, ".git", "index.lock"))).toBe(true);
  });

  test("captures a change of the same size made right after staging", async () => {
    const repository = Repository.make({ a: "1" });
    for (let round = 0; round < 20; round++) {
      repository.write("a", `${round % 10}x`);
      repository.git("add", "a");
      repository.write("a", `${round % 10}y`);
      const { commit } = await repository.capture(`cp_${round}`);
      expect(repository.content(commit, "a")).toBe(`${round % 10}y`);
    }
  });

  test("leaves out a pipe and reports it as unreadable", async () => {
    const repository = Repository.make({ a: "1", pipe: "1" });
    unlinkSync(join(repository.top, "pipe"));
    spawnSync("/bin/sh", ["-c", 'mkfifo "$0"', join(repository.top, "pipe")]);
    repository.write("a", "2");
    const { commit, unrecorded } = await repository.capture();
    expect(repository.content(commit, "a")).toBe("2");
    expect(unrecorded).toEqual({ total: 1, first: [{ path: "pipe", why: "unreadable" }] });
  });

  test("leaves excluded directories out of a capture", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write(".baton/runs/x", "1");
    repository.write(".batonical", "1");
    const settings = { ...repository.settings, exclude: [join(repository.top, ".baton"), "/", repository.top] };
    const result = await captureCode(repository.top, about, settings);
    expect(result.ok && repository.tree(result.value.commit)).toEqual(["100644 .batonical", "100644 a"]);
  });

  test("respects the user's global ignores, and no other git setting or hook", async () => {
    const repository = Repository.make({ a: "1" });
    const home = repository.environment.HOME!;
    writeFileSync(join(home, "ignored"), "*.swp\n");
    const hook = join(home, "hook");
    const ran = join(home, "ran");
    const config = `[core]
  excludesFile = ~/ignored
  quotePath = true
  fsmonitor = ${hook}
  hooksPath = ${home}
  logAllRefUpdates = always
[status]
  showUntrackedFiles = no
  relativePaths = false
[diff]
  external = ${hook}
  noprefix = true
  renames = copies
  ignoreSubmodules = none
[commit]
  gpgSign = true
[gpg]
  program = ${hook}
[user]
  useConfigOnly = true
[alias]
  add = !${hook}
  write-tree = !${hook}
[core]
  pager = ${hook}
  editor = ${hook}
`;
    writeFileSync(hook, `#!/bin/sh\necho "$0 $@" >> ${ran}\nexit 1\n`, { mode: 0o755 });
    for (const name of ["reference-transaction", "post-index-change", "pre-commit", "post-checkout"]) {
      writeFileSync(join(home, name), `#!/bin/sh\necho "$0 $@" >> ${ran}\nexit 1\n`, { mode: 0o755 });
    }
    repository.write("a.swp", "1");
    repository.write("ü", "1");
    writeFileSync(join(home, ".gitconfig"), config);
    const result = await captureCode(repository.top, about, repository.settings);
    expect(result).toMatchObject({ ok: true, value: { files: 1 } });
    expect(existsSync(ran)).toBe(false);
    expect(existsSync(join(repository.top, ".git/logs/refs/baton"))).toBe(false);
    writeFileSync(join(home, ".gitconfig"), "");
  });

  test("captures the given directory, despite GIT_* variables of another repository", async () => {
    const other = Repository.make({ other: "1" });
    const repository = Repository.make({ a: "1" });
    const environment = {
      ...repository.environment,
      GIT_DIR: join(other.top, ".git"),
      GIT_WORK_TREE: other.top,
      GIT_INDEX_FILE: join(other.top, ".git/index"),
      GIT_OBJECT_DIRECTORY: join(other.top, ".git/objects"),
      GIT_NAMESPACE: "x",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.bare",
      GIT_CONFIG_VALUE_0: "true",
      GIT_TRACE: "1",
    };
    const result = await captureCode(repository.top, about, { environment, scheduler: systemScheduler });
    expect(result).toMatchObject({ ok: true, value: { repository: repository.top } });
    expect(repository.tree("refs/baton/checkpoints/cp_1")).toEqual(["100644 a"]);
  });

  test("adds only a commit to git when the files are unchanged", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    repository.write("a", "2");
    repository.write("c/d", "2");
    await repository.capture("cp_0");
    const objects = () => Number(repository.git("count-objects").split(" ")[0]);
    const before = objects();
    for (let n = 1; n < 10; n++) await repository.capture(`cp_${n}`);
    // The captures are in the same second and differ in their messages only.
    expect(objects()).toBe(before + 9);
    await repository.capture("cp_9");
    expect(objects()).toBe(before + 9);
  });

  test("captures the same files in concurrent captures", async () => {
    const repository = Repository.make({ a: "1" });
    for (let n = 0; n < 50; n++) repository.write(`new/${n}`, `${n}`);
    const captures = ["cp_1", "cp_2", "cp_3", "cp_4"].map((id) =>
      captureCode(repository.top, { id, message: "\0", now: 0 }, repository.settings),
    );
    for (const result of await Promise.all(captures)) expect(result).toMatchObject({ ok: true, value: { files: 50 } });
    expect(
      new Set(["1", "2", "3", "4"].map((n) => repository.git("rev-parse", `refs/baton/checkpoints/cp_${n}^{tree}`)))
        .size,
    ).toBe(1);
  });

  test("keeps captured code through git gc", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write("a", "2");
    repository.write("new", "3");
    const { commit } = await repository.capture();
    repository.git("gc", "--quiet", "--prune=now");
    expect(repository.content(commit, "new")).toBe("3");
    expect(repository.git("fsck", "--strict")).toBe("");
  });
});

describe("a capture that is not possible", () => {
  test("refuses a capture outside of a work tree", async () => {
    const repository = Repository.make();
    const bare = scratch();
    new Repository(bare).git("init", "--quiet", "--bare");
    const file = join(repository.top, "file");
    writeFileSync(file, "");
    for (const cwd of [scratch(), bare, join(repository.top, ".git"), join(repository.top, "missing"), file]) {
      const result = await captureCode(cwd, about, repository.settings);
      expect(result).toMatchObject({ ok: false, error: { reason: "not-a-repository" } });
      expect(!result.ok && result.error.message).toContain(cwd);
    }
  });

  test("refuses a capture when git is not installed", async () => {
    const repository = Repository.make({ a: "1" });
    const result = await captureCode(repository.top, about, {
      environment: { PATH: scratch() },
      scheduler: systemScheduler,
    });
    expect(result).toMatchObject({ ok: false, error: { reason: "no-git" } });
  });

  test("refuses a capture when git fails, with git's message", async () => {
    const repository = Repository.make({ a: "1" });
    writeFileSync(join(repository.top, ".git/index"), "no index");
    const result = await captureCode(repository.top, about, repository.settings);
    expect(result).toMatchObject({ ok: false, error: { reason: "failed" } });
    expect(!result.ok && result.error.message).toMatch(/git .*index/);
  });

  test("refuses a capture at its timeout, and leaves no git process behind", async () => {
    const repository = Repository.make({ a: "1" });
    const { environment } = repository.behind('[ "$command" != write-tree ] || sleep 600');
    const mark = { BATON_TEST_MARK: `${process.pid} slow` };
    const settings = { environment: { ...environment, ...mark }, scheduler: systemScheduler, timeout: 2000 };
    const result = await captureCode(repository.top, about, settings);
    expect(result).toMatchObject({ ok: false, error: { reason: "timeout" } });
    expect(repository.git("for-each-ref", "refs/baton/")).toBe("");
    while (findByEnvironment(mark).length > 0) await new Promise(setImmediate);
  });
});
