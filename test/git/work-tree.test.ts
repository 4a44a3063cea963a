import { chmodSync, existsSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { takeTree } from "../../src/git/work-tree.ts";
import { scratch } from "../rig/baton.ts";
import { noGit, Repository } from "../rig/repository.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

const NOTHING = { since: [], paths: [] };

async function taken(
  repository: Repository,
  since: readonly string[] = [],
  cwd = repository.top,
  paths: readonly string[] = [],
) {
  const tree = await takeTree(cwd, { since, paths }, repository.settings);
  if (!tree.ok) throw new Error(tree.error.message);
  return tree.value;
}

test("equal files give an equal tree, whether they are new, staged or committed", async () => {
  const repository = Repository.make({ a: "1\n" });
  repository.write("a", "2\n");
  repository.write("b", "new\n");
  const before = repository.git("status", "--porcelain");
  const { tree, top } = await taken(repository);
  expect(top).toBe(repository.top);
  expect(repository.git("status", "--porcelain")).toBe(before);
  repository.git("add", "-A");
  expect((await taken(repository)).tree).toBe(tree);
  repository.commit("second");
  expect((await taken(repository)).tree).toBe(tree);
  expect(repository.git("rev-parse", "HEAD^{tree}")).toBe(tree);
});

test("a tree compared with an earlier one names the files that changed, with their lines", async () => {
  const repository = Repository.make({ same: "1\n", changed: "1\n2\n", gone: "1\n", "sub/program": "1\n" });
  repository.write(".gitignore", "ignored\n");
  const { tree: before } = await taken(repository);
  repository.write("changed", "1\n3\n4\n");
  unlinkSync(join(repository.top, "gone"));
  chmodSync(join(repository.top, "sub/program"), 0o755);
  repository.write("sub/Ä b\n", "new");
  repository.write("image", "\0\0");
  repository.write("ignored", "x");
  // As from a directory inside of it; a commit makes no difference.
  repository.commit("all of it");
  const { changed, tree } = await taken(repository, [before, "0".repeat(40)], join(repository.top, "sub"));
  expect([...changed]).toEqual([
    [before, { files: ["changed", "gone", "image", "sub/program", "sub/Ä b\n"], insertions: 3, deletions: 2 }],
  ]);
  expect((await taken(repository, [tree])).changed.get(tree)).toEqual({ files: [], insertions: 0, deletions: 0 });
});

test("no attribute and no setting of the repository runs a program or hides lines", async () => {
  const repository = Repository.make(
    { ".gitattributes": "* diff=evil filter=evil\n", a: "1\n" },
    {
      "diff.evil.textconv": "touch ../ran; cat",
      "diff.evil.command": "touch ../ran",
      "filter.evil.clean": "touch ../ran",
    },
  );
  rmSync(join(repository.top, "../ran"), { force: true });
  const { tree } = await taken(repository);
  repository.write("a", "2\n");
  expect((await taken(repository, [tree])).changed.get(tree)).toEqual({ files: ["a"], insertions: 1, deletions: 1 });
  expect(existsSync(join(repository.top, "../ran"))).toBe(false);
});

test("a tree is refused beyond its bytes, and outside of a work tree", async () => {
  const repository = Repository.make({ a: "1" });
  repository.write("big", "x".repeat(2_000));
  const large = await takeTree(repository.top, NOTHING, repository.settings, 1_000);
  expect(large).toMatchObject({
    ok: false,
    error: { reason: "failed", message: expect.stringContaining("1000 bytes") },
  });
  expect(await takeTree(repository.top, NOTHING, repository.settings, 3_000)).toMatchObject({ ok: true });
  expect(await takeTree(scratch(), NOTHING, repository.settings)).toMatchObject({
    ok: false,
    error: { reason: "not-a-repository" },
  });
});

test("paths are looked for from the directory and from the top: missing, ignored, or in the tree", async () => {
  const repository = Repository.make({ "sub/a": "1", "b[1]": "1", ".gitignore": "ignored\n" });
  repository.write("sub/ignored", "x");
  repository.write("new", "x");
  const paths = ["a", "sub/a", "b[1]", "b1", "ignored", "sub/nothing", "new", "sub", ".", "../outside", "/etc"];
  const { missing, unseen } = await taken(repository, [], join(repository.top, "sub"), paths);
  expect({ missing, unseen }).toEqual({
    missing: ["b1", "sub/nothing", "../outside"],
    unseen: ["ignored", "/etc"],
  });
});
