import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { captureCode } from "../../../src/git/capture.ts";
import { previewRestore } from "../../../src/git/preview.ts";
import { restoreCode } from "../../../src/git/restore.ts";
import type { CodeSnapshot } from "../../../src/model/checkpoint.ts";
import { scratch } from "../../rig/baton.ts";
import { noGit, Repository } from "../../rig/repository.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

const about = { id: "cp_1", message: "one", now: 1_700_000_000_000 };
const force = { now: 1, force: true };

/** A commit with a file of this name, which git itself refuses to make. */
function crafted(repository: Repository, name: string): string {
  const object = repository.git("hash-object", "-w", "a");
  const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(object, "hex")]);
  const git = (args: readonly string[], input: Buffer | string) =>
    execFileSync("git", args, { cwd: repository.top, env: repository.environment, input, encoding: "utf8" }).trim();
  const tree = git(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], entry);
  return git(["commit-tree", tree, "-m", "crafted"], "");
}

describe("a code restore stays in the work tree", () => {
  test("a restore refuses a commit with a file named .git in any spelling, dot or dot-dot", async () => {
    const repository = Repository.make({ a: "1", b: "1" });
    const code = await repository.capture();
    const untouched = repository.everything();
    for (const name of [".git", ".GIT", "git~1", "GIT~1", ".git ", "..", "."]) {
      const hostile = { ...code, commit: crafted(repository, name) };
      const refused = { ok: false, error: { reason: "failed" } };
      expect(await previewRestore(hostile, repository.settings), name).toMatchObject(refused);
      expect(await restoreCode(hostile, force, repository.settings), name).toMatchObject(refused);
    }
    expect(repository.everything()).toEqual(untouched);
  });

  test("a restore refuses a commit id that is an option of git", async () => {
    const repository = Repository.make({ a: "1" });
    const code = await repository.capture();
    const outside = join(scratch(), "written");
    const hostile: CodeSnapshot = { ...code, commit: `--output=${outside}` };
    for (const result of [
      await previewRestore(hostile, repository.settings),
      await restoreCode(hostile, force, repository.settings),
    ]) {
      expect(result).toMatchObject({ ok: false, error: { reason: "failed" } });
    }
    expect(existsSync(outside)).toBe(false);
  });

  test("a restore replaces a directory that became a link, and writes nothing to its target", async () => {
    const repository = Repository.make({ "dir/a": "1", "dir/b": "1", "dir/deep/c": "1" });
    const code = await repository.capture();
    const outside = scratch();
    writeFileSync(join(outside, "a"), "theirs");
    writeFileSync(join(outside, "later"), "theirs");
    rmSync(join(repository.top, "dir"), { recursive: true });
    symlinkSync(outside, join(repository.top, "dir"));
    expect(await restoreCode(code, force, repository.settings)).toMatchObject({ ok: true });
    expect(readdirSync(outside).sort()).toEqual(["a", "later"]);
    expect(repository.read("dir/deep/c")).toBe("1");
  });

  test.each(["write", "create", "delete"])(
    "a restore refuses to %s in a directory that becomes a link just before",
    async (change) => {
      const repository = Repository.make({ "dir/a": "1", "dir/b": "1" });
      if (change === "delete") rmSync(join(repository.top, "dir/a"));
      const code = await repository.capture();
      if (change === "create") rmSync(join(repository.top, "dir/a"));
      else repository.write("dir/a", "22");
      const outside = scratch();
      writeFileSync(join(outside, "a"), "theirs");
      // The fourth write-tree is the last git command before the files change.
      const count = join(scratch(), "count");
      const dir = join(repository.top, "dir");
      const swap = `mv '${dir}' '${dir}.away'; ln -s '${outside}' '${dir}'`;
      const script = `if [ "$command" = write-tree ]; then echo >> ${count}; PATH="\${PATH#*:}" git "$@"; code=$?; [ "$(wc -l < ${count})" -ne 4 ] || { ${swap}; }; exit $code; fi`;
      const result = await restoreCode(code, force, repository.behind(script));
      expect(result).toMatchObject({ ok: false, error: { reason: "failed" } });
      expect(readdirSync(outside)).toEqual(["a"]);
      expect(execFileSync("cat", [join(outside, "a")], { encoding: "utf8" })).toBe("theirs");
    },
  );
});

describe("a repository whose core.worktree is outside it", () => {
  test.each(["above", "beside"])("capture refuses a core.worktree %s the repository", async (where) => {
    const home = scratch();
    writeFileSync(join(home, "private"), "1");
    const repository = Repository.make({ a: "1" });
    const place = where === "above" ? join(home, "work") : repository.top;
    if (where === "above") renameSync(repository.top, place);
    const moved = new Repository(place);
    moved.git("config", "core.worktree", home);
    const result = await captureCode(place, about, moved.settings);
    expect(result).toMatchObject({ ok: false, error: { reason: "not-a-repository" } });
    expect(existsSync(join(place, ".git/refs/baton"))).toBe(false);
  });

  test("capture and restore accept the core.worktree of a submodule", async () => {
    const inner = Repository.make({ x: "1" });
    const repository = Repository.make({ a: "1" });
    repository.git("submodule", "--quiet", "add", inner.top, "sub");
    const sub = repository.at("sub");
    expect(sub.git("config", "core.worktree")).toMatch(/sub$/);
    sub.write("x", "2");
    const code = await sub.capture();
    sub.write("x", "3");
    expect(await restoreCode(code, force, sub.settings)).toMatchObject({ ok: true });
    expect(sub.read("x")).toBe("2");
  });

  test("capture refuses a .git file that points to a device", async () => {
    const repository = Repository.make({ a: "1" });
    const place = scratch();
    mkdirSync(join(place, "dir"));
    writeFileSync(join(place, ".git"), "gitdir: /dev/zero\n");
    const result = await captureCode(join(place, "dir"), about, repository.settings);
    expect(result).toMatchObject({ ok: false });
  });
});
