import { beforeEach, expect, test } from "vitest";
import { captureCode } from "../../src/git/capture.ts";
import { deleteCode, listCode } from "../../src/git/refs.ts";
import { restoreCode } from "../../src/git/restore.ts";
import { scratch } from "../rig/baton.ts";
import { noGit, Repository } from "../rig/repository.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

test("lists all kept code, the oldest first, and deletes it on request", async () => {
  const repository = Repository.make({ a: "1" });
  const { settings, top } = repository;
  expect(await listCode(top, settings)).toEqual({ ok: true, value: [] });
  const first = await captureCode(top, { id: "cp_b", message: "b", now: 1_000_000 }, settings);
  repository.write("a", "2");
  const second = await captureCode(top, { id: "cp_a", message: "a", now: 2_000_000 }, settings);
  if (!first.ok || !second.ok) throw new Error("not captured");
  const restored = await restoreCode(first.value, { force: true, now: 3_000_000 }, settings);
  if (!restored.ok) throw new Error(restored.error.message);
  const before = restored.value.before!;
  const expected = [
    { kind: "checkpoint", id: "cp_b", ref: first.value.ref, commit: first.value.commit, time: 1_000_000 },
    { kind: "checkpoint", id: "cp_a", ref: second.value.ref, commit: second.value.commit, time: 2_000_000 },
    {
      kind: "before-restore",
      id: before.ref.split("/").pop(),
      ref: before.ref,
      commit: before.commit,
      time: 3_000_000,
    },
  ];
  expect(await listCode(top, settings)).toEqual({ ok: true, value: expected });
  for (const _ of "12") expect(await deleteCode(top, first.value.ref, settings)).toMatchObject({ ok: true });
  expect(await listCode(top, settings)).toEqual({ ok: true, value: expected.slice(1) });
});

test("refuses to delete a ref that is not Baton's", async () => {
  const repository = Repository.make({ a: "1" });
  for (const ref of ["refs/heads/main", "main", "HEAD", "refs/baton/checkpoints/../../heads/main"]) {
    expect(await deleteCode(repository.top, ref, repository.settings)).toMatchObject({ error: { reason: "failed" } });
  }
  expect(repository.git("rev-parse", "main")).toBe(repository.git("rev-parse", "HEAD"));
});

test("refuses a capture whose checkpoint id is no valid ref name", async () => {
  const repository = Repository.make({ a: "1" });
  for (const id of ["", "a/b", "../x", "a b", "-x", "x".repeat(200)]) {
    const capture = captureCode(repository.top, { id, message: "", now: 0 }, repository.settings);
    await expect(capture).rejects.toThrow("not a checkpoint id");
  }
});

test("refuses to list or delete code outside of a repository", async () => {
  const { settings } = Repository.make();
  const nowhere = scratch();
  expect(await listCode(nowhere, settings)).toMatchObject({ error: { reason: "not-a-repository" } });
  const gone = await deleteCode(nowhere, "refs/baton/checkpoints/cp_1", settings);
  expect(gone).toMatchObject({ error: { reason: "not-a-repository" } });
});
