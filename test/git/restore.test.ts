import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { previewRestore } from "../../src/git/preview.ts";
import { deleteCode } from "../../src/git/refs.ts";
import { restoreCode } from "../../src/git/restore.ts";
import { type CodeSnapshot, RestorePreview } from "../../src/model/checkpoint.ts";
import { bundle } from "../rig/bundle.ts";
import { noGit, Repository } from "../rig/repository.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

let restorer: string;
beforeAll(async () => {
  restorer = await bundle(new URL("restorer.ts", import.meta.url));
});

/** A preview, which must not change anything. */
async function preview(repository: Repository, code: CodeSnapshot) {
  const before = repository.everything();
  const result = await previewRestore(code, repository.settings);
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`);
  expect(repository.everything()).toEqual(before);
  expect(RestorePreview.parse(result.value)).toEqual(result.value);
  return result.value;
}

/** A restore, which must not change anything but files. */
async function restore(repository: Repository, code: CodeSnapshot, force = false) {
  const before = repository.everything();
  const result = await restoreCode(code, { force, now: 1_700_000_001_000 }, repository.settings);
  const { files: _, status: __, ...after } = repository.everything();
  expect(before).toMatchObject(after);
  return result;
}

async function restored(repository: Repository, code: CodeSnapshot, force = false) {
  const result = await restore(repository, code, force);
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`);
  return result.value;
}

describe("a preview", () => {
  test("a preview is empty when no file would change", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write("b", "2");
    const code = await repository.capture();
    const totals = { changes: 0, conflicts: 0, kept: 0 };
    expect(await preview(repository, code)).toEqual({ changes: [], conflicts: [], kept: [], totals });
  });

  test("a preview lists each change, and the changes that would lose work", async () => {
    const repository = Repository.make({ same: "1", committed: "1", dirty: "1", deleted: "1", mode: "1", link: "1" });
    repository.write("untracked", "1");
    const code = await repository.capture();
    repository.write("committed", "2");
    repository.write("added", "2");
    const to = repository.commit("second");
    repository.write("dirty", "2");
    repository.write("untracked", "2");
    repository.write("a new one", "2");
    chmodSync(join(repository.top, "mode"), 0o755);
    for (const name of ["deleted", "link"]) unlinkSync(join(repository.top, name));
    symlinkSync("same", join(repository.top, "link"));
    expect(await preview(repository, code)).toEqual({
      changes: [
        { path: "a new one", change: "delete" },
        { path: "added", change: "delete" },
        { path: "committed", change: "write" },
        { path: "deleted", change: "create" },
        { path: "dirty", change: "write" },
        { path: "link", change: "write" },
        { path: "mode", change: "mode" },
        { path: "untracked", change: "write" },
      ],
      conflicts: [
        { path: "a new one", why: "untracked" },
        { path: "dirty", why: "modified" },
        { path: "link", why: "modified" },
        { path: "mode", why: "modified" },
        { path: "untracked", why: "modified" },
      ],
      kept: [],
      totals: { changes: 8, conflicts: 5, kept: 0 },
      headMoved: { from: code.head, to },
    });
  });

  test("a preview lists 200 files at most, and counts all", async () => {
    const repository = Repository.make({ a: "1" });
    const code = await repository.capture();
    for (let n = 0; n < 300; n++) repository.write(`many/${n}`, "x");
    const { changes, conflicts, totals } = await preview(repository, code);
    expect([changes.length, conflicts.length]).toEqual([200, 200]);
    expect(totals).toEqual({ changes: 300, conflicts: 300, kept: 0 });
  });
});

describe("a restore", () => {
  test("a restore brings files back, deletes newer ones, and keeps HEAD and index", async () => {
    const repository = Repository.make({ a: "1", b: "1", "dir/c": "1", "d/e": "1" });
    repository.write("a", "2");
    repository.write("program", "#!/bin/sh\n");
    chmodSync(join(repository.top, "program"), 0o755);
    symlinkSync("a", join(repository.top, "link"));
    const code = await repository.capture();
    const then = repository.files();
    repository.commit("everything");
    repository.write("a", "3");
    repository.write("far/away/new", "3");
    repository.git("rm", "--quiet", "-r", "dir", "program", "link");
    rmSync(join(repository.top, "d"), { recursive: true });
    repository.write("d", "a file");
    repository.commit("second");
    const value = await restored(repository, code);
    expect(repository.files()).toEqual(then);
    expect(repository.has("far")).toBe(false);
    expect(value.preview.totals).toEqual({ changes: 7, conflicts: 0, kept: 0 });
    expect(value.before).toMatchObject({ dirty: false, head: repository.git("rev-parse", "HEAD") });
  });

  test("a restore refuses to overwrite uncommitted changes, and names the files", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    const code = await repository.capture();
    repository.write("a", "2");
    repository.write("new", "2");
    const files = repository.files();
    const result = await restore(repository, code);
    expect(result).toMatchObject({
      ok: false,
      error: {
        reason: "would-overwrite",
        message: expect.stringContaining('2 files have uncommitted changes that would be overwritten: "a", "new"'),
        preview: { conflicts: [{ path: "a" }, { path: "new" }] },
      },
    });
    expect(repository.files()).toEqual(files);
    expect(repository.git("for-each-ref", "refs/baton/before-restore")).toBe("");
  });

  test("a forced restore keeps overwritten files under a ref that can be restored", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    const code = await repository.capture();
    const then = repository.files();
    repository.write("a", "2");
    repository.write("new\nname", "2");
    const later = repository.files();
    const { before } = await restored(repository, code, true);
    expect(repository.files()).toEqual(then);
    expect(before!.ref).toMatch(/^refs\/baton\/before-restore\/cp_1-[0-9a-f]{12}$/);
    expect(repository.content(before!.ref, "a")).toBe("2");
    expect(repository.content(before!.ref, "new\nname")).toBe("2");
    const again = await restored(repository, before!, true);
    expect(repository.files()).toEqual(later);
    // The ref of a second restore is no longer than that of the first.
    expect(again.before!.ref).toHaveLength(before!.ref.length);
  });

  test("a restore of unchanged files creates no ref", async () => {
    const repository = Repository.make({ a: "1" });
    const code = await repository.capture();
    expect((await restored(repository, code)).before).toBeUndefined();
    expect(repository.git("for-each-ref", "refs/baton/before-restore")).toBe("");
  });

  test("a restore keeps file permissions", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    const code = await repository.capture();
    for (const name of ["a", "b"]) repository.write(name, "2");
    chmodSync(join(repository.top, "a"), 0o600);
    chmodSync(join(repository.top, "b"), 0o750);
    await restored(repository, code, true);
    expect(["a", "b"].map((name) => statSync(join(repository.top, name)).mode & 0o777)).toEqual([0o600, 0o640]);
  });

  test("a restore keeps files that are ignored now or were ignored at capture", async () => {
    const repository = Repository.make({
      ".gitignore": ".env\nmodules/\n*.log\n",
      a: "1",
      "sub/.gitignore": "local\n",
    });
    repository.write("recorded", "1");
    repository.write("later/ignored", "1");
    const code = await repository.capture();
    repository.write("sub/.gitignore", "");
    for (const path of [".env", "modules/deep/x", "sub/local", "sub/x.log"]) repository.write(path, "private");
    // The formerly ignored files are no longer ignored, and two recorded files are ignored now.
    repository.write(".gitignore", "recorded\nlater\n");
    repository.write("recorded", "2");
    repository.write("later/ignored", "2");
    const { kept, changes } = await preview(repository, code);
    expect(changes.map(({ path }) => path)).toEqual([".gitignore", "sub/.gitignore"]);
    expect(kept).toEqual(
      [".env", "later/ignored", "modules/deep/x", "recorded", "sub/local", "sub/x.log"].map((path) => ({
        path,
        why: "ignored",
      })),
    );
    await restored(repository, code, true);
    expect(repository.read(".env")).toBe("private");
    expect(repository.read("recorded")).toBe("2");
    expect(repository.git("status", "--porcelain")).toBe("?? later/\n?? recorded");
  });

  test("a restore keeps ignored files and nested repositories that block its files", async () => {
    const repository = Repository.make({ a: "1", "x/y": "1", file: "1", "nested/f": "1", "empty/f": "1" });
    const code = await repository.capture();
    repository.git("rm", "--quiet", "-r", "x", "file", "nested", "empty");
    repository.write(".gitignore", "/x\n/file/kept\n");
    repository.commit("without");
    repository.write("x", "ignored, and no directory");
    repository.write("file/kept", "ignored, in a directory");
    mkdirSync(join(repository.top, "nested"));
    repository.at("nested").git("init", "--quiet");
    repository.at("nested").write("own", "1");
    mkdirSync(join(repository.top, "empty/f/g"), { recursive: true });
    expect((await preview(repository, code)).kept).toEqual([
      { path: "file", why: "in_the_way" },
      { path: "nested/f", why: "repository" },
      { path: "x/y", why: "in_the_way" },
    ]);
    await restored(repository, code);
    expect(repository.read("x")).toContain("ignored");
    expect(repository.read("file/kept")).toContain("ignored");
    expect(repository.read("nested/own")).toBe("1");
    expect(repository.has("nested/f")).toBe(false);
    expect(repository.read("empty/f")).toBe("1");
  });

  test("a restore never writes through a symbolic link", async () => {
    const repository = Repository.make({ "dir/a": "1", "out/a": "kept" });
    const code = await repository.capture();
    rmSync(join(repository.top, "dir"), { recursive: true });
    symlinkSync("out", join(repository.top, "dir"));
    const then = await preview(repository, code);
    expect(then.changes).toEqual([
      { path: "dir", change: "delete" },
      { path: "dir/a", change: "create" },
    ]);
    await restored(repository, code, true);
    expect(repository.read("out/a")).toBe("kept");
    expect(repository.files()).toMatchObject({ "dir/a": expect.stringContaining("file") });
  });

  test("a restore never changes a submodule or a nested repository", async () => {
    const inner = Repository.make({ x: "1" });
    const repository = Repository.make({ a: "1" });
    repository.git("submodule", "--quiet", "add", inner.top, "sub");
    repository.commit("with a submodule");
    const code = await repository.capture();
    repository.at("sub").write("x", "2");
    repository.at("sub").commit("inside");
    repository.at("sub").write("y", "3");
    repository.git("add", "sub");
    mkdirSync(join(repository.top, "own"));
    repository.at("own").git("init", "--quiet");
    repository.at("own").write("file", "1");
    repository.write("a", "2");
    const files = repository.files();
    expect((await preview(repository, code)).kept).toEqual([{ path: "sub", why: "repository" }]);
    await restored(repository, code, true);
    expect(repository.files()).toEqual({ ...files, a: expect.anything() });
    expect(repository.read("a")).toBe("1");
  });

  test("a restore keeps files of a nested repository that has lost its .git", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write("own/file", "1");
    repository.at("own").git("init", "--quiet");
    const code = await repository.capture();
    rmSync(join(repository.top, "own/.git"), { recursive: true });
    expect((await preview(repository, code)).kept).toEqual([{ path: "own/file", why: "repository" }]);
  });

  test("a restore leaves out files outside the sparse checkout", async () => {
    const repository = Repository.make({ "in/a": "1", "out/a": "1" });
    const code = await repository.capture();
    repository.write("in/a", "2");
    repository.write("out/a", "2");
    repository.commit("second");
    repository.git("sparse-checkout", "set", "in");
    expect(await preview(repository, code)).toMatchObject({
      changes: [{ path: "in/a", change: "write" }],
      kept: [{ path: "out/a", why: "sparse" }],
    });
    await restored(repository, code);
    expect(repository.read("in/a")).toBe("1");
    expect(repository.has("out")).toBe(false);
  });

  test("a restore does not change excluded directories", async () => {
    const repository = Repository.make({ a: "1" });
    const code = await repository.capture();
    repository.write(".baton/runs/x", "1");
    repository.write("a", "2");
    const settings = { ...repository.settings, exclude: [join(repository.top, ".baton")] };
    const result = await restoreCode(code, { force: true, now: 1 }, settings);
    expect(result).toMatchObject({ ok: true, value: { preview: { totals: { changes: 1 } } } });
    expect(repository.read(".baton/runs/x")).toBe("1");
    expect(repository.read("a")).toBe("1");
  });

  test("a restore brings back the same bytes under any git attributes and settings", async () => {
    const attributes = "*.bat text eol=crlf\n*.up filter=up\n*.utf16 text working-tree-encoding=UTF-16LE\n*.id ident\n";
    const repository = Repository.make({ ".gitattributes": attributes });
    repository.git("config", "filter.up.clean", "tr a-z A-Z");
    repository.git("config", "filter.up.smudge", "tr A-Z a-z");
    const files = { "x.bat": "1\r\n2\n", "x.up": "mixed Case", "x.id": "$Id: mine $\n", "x.utf16": "t\0e\0" };
    for (const [path, text] of Object.entries(files)) {
      repository.write(path, text);
      utimesSync(join(repository.top, path), 1e9, 1e9);
    }
    repository.commit("as git converts it");
    const then = repository.files();
    const code = await repository.capture();
    expect(code).toMatchObject({ dirty: false, files: 0 });
    repository.write(".gitattributes", "");
    repository.git("config", "core.autocrlf", "true");
    for (const path of Object.keys(files)) repository.write(path, "other\n");
    await restored(repository, code, true);
    expect(repository.files()).toEqual(then);
  });

  test("a preview treats committed files that git converts as unmodified", async () => {
    const repository = Repository.make({ ".gitattributes": "*.up filter=up\n* text=auto\n" });
    repository.git("config", "filter.up.clean", "tr a-z A-Z");
    repository.write("a.txt", "1\r\n");
    repository.write("a.up", "text");
    repository.write("b.txt", "1\r\n");
    repository.commit("converted");
    const code = await repository.capture();
    for (const path of ["a.txt", "a.up", "b.txt"]) repository.write(path, "22\r\n");
    // An older modification time: git rereads files as new as its index, and without the filter they look changed.
    utimesSync(join(repository.top, "a.up"), 1e9, 1e9);
    repository.commit("second");
    const { changes, conflicts } = await preview(repository, code);
    expect(changes).toHaveLength(3);
    expect(conflicts).toEqual([]);
    repository.write("b.txt", "333\r\n");
    expect((await preview(repository, code)).conflicts).toEqual([{ path: "b.txt", why: "modified" }]);
  });

  test("a restore works before the first commit, in a linked work tree, with a locked index", async () => {
    const unborn = Repository.make();
    unborn.write("a", "1");
    const first = await unborn.capture();
    unborn.write("a", "2");
    await restored(unborn, first, true);
    expect(unborn.read("a")).toBe("1");

    const repository = Repository.make({ a: "1" });
    repository.git("worktree", "add", "--quiet", "-b", "side", "../side");
    const side = repository.at("../side");
    side.write("a", "2");
    const code = await side.capture();
    side.write("a", "3");
    writeFileSync(join(repository.top, ".git/worktrees/side/index.lock"), "");
    await restored(side, code, true);
    expect([side.read("a"), repository.read("a")]).toEqual(["2", "1"]);
  });

  test("a restore is refused when the code or the work tree is missing", async () => {
    const repository = Repository.make({ a: "1" });
    repository.write("a", "2");
    const code = await repository.capture();
    expect(await deleteCode(repository.top, code.ref, repository.settings)).toEqual({ ok: true, value: undefined });
    repository.git("gc", "--quiet", "--prune=now");
    expect(await restore(repository, code)).toMatchObject({ ok: false, error: { reason: "gone" } });
    const elsewhere = { ...code, repository: join(repository.top, "missing") };
    expect(await previewRestore(elsewhere, repository.settings)).toMatchObject({
      error: { reason: "not-a-repository" },
    });
    mkdirSync(elsewhere.repository);
    expect(await previewRestore(elsewhere, repository.settings)).toMatchObject({
      error: { reason: "not-a-repository" },
    });
  });

  test("a restore fails if files change while it prepares", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    const code = await repository.capture();
    repository.write("a", "2");
    repository.write("b", "2");
    repository.commit("second");
    const settings = repository.behind(`[ "$command" != checkout-index ] || echo 3 > "${repository.top}/b"`);
    const result = await restoreCode(code, { now: 1 }, settings);
    expect(result).toMatchObject({ ok: false, error: { reason: "changed-meanwhile" } });
    expect([repository.read("a"), repository.read("b")]).toEqual(["2", "3\n"]);
  });
});

describe("a restore that is killed", () => {
  /** Six files to delete or to write. */
  async function prepared() {
    const repository = Repository.make({ a: "1", b: "1", c: "1", "d/e": "1" });
    const code = await repository.capture();
    const then = repository.files();
    rmSync(join(repository.top, "d"), { recursive: true });
    for (const name of ["a", "b", "new", "newer"]) repository.write(name, "2");
    repository.write("d", "2");
    return { repository, code, then };
  }

  const kill = async (repository: Repository, code: CodeSnapshot, force: string, n: number) => {
    const args = [restorer, JSON.stringify(code), force, String(n)];
    const options = { env: repository.environment };
    await expect(promisify(execFile)(process.execPath, args, options)).rejects.toMatchObject({ signal: "SIGKILL" });
  };

  test.each([1, 2, 3, 4, 5, 6])(
    "a restore killed at file %d can be repeated, and overwritten files are kept",
    async (n) => {
      const { repository, code, then } = await prepared();
      const before = repository.files();
      const tree = (await repository.capture("before")).commit;
      await kill(repository, code, "force", n);
      const kept = repository.git("for-each-ref", "--format=%(refname)", "refs/baton/before-restore");
      expect(repository.git("rev-parse", `${kept}^{tree}`)).toBe(repository.git("rev-parse", `${tree}^{tree}`));
      // Each file has its old content or its new content, or is missing.
      for (const [path, what] of Object.entries(repository.files())) expect([before[path], then[path]]).toContain(what);
      await restored(repository, code, true);
      expect(repository.files()).toEqual(then);
      expect(repository.git("rev-parse", `${kept}^{tree}`)).toBe(repository.git("rev-parse", `${tree}^{tree}`));
    },
  );

  test("repeating a killed restore needs no force if the first attempt needed none", async () => {
    const { repository, code, then } = await prepared();
    repository.commit("second");
    await kill(repository, code, "", 4);
    expect(repository.files()).not.toEqual(then);
    await restored(repository, code);
    expect(repository.files()).toEqual(then);
  });

  test("a killed restore leaves temporary files only in .git, which are swept later", async () => {
    const { repository, code } = await prepared();
    await kill(repository, code, "force", 3);
    const gitDir = join(repository.top, ".git");
    const leftOver = () => readdirSync(gitDir).filter((name) => name.startsWith("baton-"));
    expect(leftOver()).toHaveLength(1);
    await restored(repository, code, true);
    expect(leftOver()).toHaveLength(1);
    utimesSync(join(gitDir, leftOver()[0]!), 1, 1);
    await previewRestore(code, repository.settings);
    expect(leftOver()).toEqual([]);
  });
});
