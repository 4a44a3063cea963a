import { chmodSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { listUncommitted } from "../../src/git/uncommitted.ts";
import { recordWorkTree, workSince } from "../../src/git/work-since.ts";
import type { WorkTreeAt } from "../../src/model/work-tree.ts";
import { scratch } from "../rig/baton.ts";
import { noGit, Repository } from "../rig/repository.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

async function recorded(repository: Repository): Promise<WorkTreeAt> {
  const at = await recordWorkTree(repository.top, repository.settings);
  if (!at.ok) throw new Error(at.error.message);
  return at.value;
}

async function since(repository: Repository, start: WorkTreeAt) {
  const work = await workSince(start, repository.settings);
  if (!work.ok) throw new Error(work.error.message);
  return work.value;
}

describe("the work since a start", () => {
  test("counts changed, new and deleted files with their lines, and what was there before does not count", async () => {
    const repository = Repository.make({ same: "1\n", changed: "1\n2\n", deleted: "1\n2\n3\n" });
    repository.write("open", "mine\n");
    const start = await recorded(repository);
    repository.write("changed", "1\nzwei\ndrei\n");
    repository.write("a/new file", "1\n");
    unlinkSync(join(repository.top, "deleted"));
    const { files, ...rest } = await since(repository, start);
    expect(files.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: "a/new file", insertions: 1, deletions: 0 },
      { path: "changed", insertions: 2, deletions: 1 },
      { path: "deleted", insertions: 0, deletions: 3 },
    ]);
    expect(rest).toEqual({
      repository: repository.top,
      ...{ total: 3, insertions: 3, deletions: 4, uncommitted: 3 },
      ...{ commits: [], totalCommits: 0 },
    });
  });

  test("names the commits, and counts what no commit holds", async () => {
    const repository = Repository.make({ a: "1\n" });
    const start = await recorded(repository);
    repository.write("b", "b\n");
    repository.commit("Add b: über");
    repository.write("c", "c\n");
    const work = await since(repository, start);
    expect(work).toMatchObject({ total: 2, uncommitted: 1, totalCommits: 1 });
    expect(work.commits).toEqual([{ id: expect.stringMatching(/^[0-9a-f]{4,}$/), subject: "Add b: über" }]);
  });

  test("in a repository without a commit counts everything that came since", async () => {
    const repository = Repository.make();
    const start = await recorded(repository);
    expect(start.head).toBeUndefined();
    repository.write("a", "1\n");
    expect(await since(repository, start)).toMatchObject({ total: 1, uncommitted: 1, totalCommits: 0 });
    repository.commit("first");
    expect(await since(repository, start)).toMatchObject({ total: 1, uncommitted: 0, totalCommits: 1 });
  });

  test("runs no program that the repository names", async () => {
    const repository = Repository.make({ ".gitattributes": "* diff=evil filter=evil\n", a: "1\n" });
    repository.write("evil", `#!/bin/sh\ntouch ${repository.top}/ran\ncat\n`);
    chmodSync(join(repository.top, "evil"), 0o755);
    const evil = join(repository.top, "evil");
    for (const key of ["diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "core.fsmonitor", "gpg.program"])
      repository.git("config", key, evil);
    repository.git("config", "log.showSignature", "true");
    const start = await recorded(repository);
    repository.write("a", "2\n");
    const work = await since(repository, start);
    const open = await listUncommitted(repository.top, repository.settings);
    expect(work.files).toEqual([{ path: "a", insertions: 1, deletions: 1 }]);
    expect(open).toMatchObject({ ok: true, value: { files: ["a", "evil"] } });
  });

  test("says that the start is gone", async () => {
    const repository = Repository.make({ a: "1\n" });
    const start = { ...(await recorded(repository)), tree: "0".repeat(39).concat("1") };
    expect(await workSince(start, repository.settings)).toMatchObject({ ok: false, error: { reason: "gone" } });
  });
});

describe("uncommitted files", () => {
  test("are the changed, staged, deleted and new ones, and no ignored one", async () => {
    const repository = Repository.make({ same: "1", changed: "1", staged: "1", deleted: "1", ".gitignore": "x\n" });
    repository.write("changed", "2");
    repository.write("staged", "2");
    repository.git("add", "staged");
    unlinkSync(join(repository.top, "deleted"));
    repository.write("x", "ignored");
    repository.write("new/file", "n");
    const head = repository.git("rev-parse", "HEAD");
    const index = repository.git("ls-files", "--stage");
    const open = await listUncommitted(join(repository.top, "new"), repository.settings);
    expect(open).toEqual({
      ok: true,
      value: { repository: repository.top, files: ["changed", "deleted", "staged", "new/file"], total: 4 },
    });
    expect([repository.git("rev-parse", "HEAD"), repository.git("ls-files", "--stage")]).toEqual([head, index]);
  });

  test("are none outside of a repository, and all before the first commit", async () => {
    const repository = Repository.make();
    repository.write("a", "1");
    expect(await listUncommitted(scratch(), repository.settings)).toMatchObject({ ok: false });
    expect(await listUncommitted(repository.top, repository.settings)).toMatchObject({
      ok: true,
      value: { files: ["a"], total: 1 },
    });
  });

  test("are counted where they are too many to be listed", async () => {
    const repository = Repository.make({ a: "1" });
    for (let n = 0; n < 50; n++) repository.write(`f${n}`, "1");
    const open = await listUncommitted(repository.top, { ...repository.settings, exclude: [`${repository.top}/f7`] });
    expect(open).toMatchObject({ ok: true, value: { total: 49, files: { length: 40 } } });
  });
});
