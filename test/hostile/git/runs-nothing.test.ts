import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { captureCode } from "../../../src/git/capture.ts";
import { previewRestore } from "../../../src/git/preview.ts";
import { deleteCode, listCode } from "../../../src/git/refs.ts";
import { restoreCode } from "../../../src/git/restore.ts";
import { trackedIn } from "../../../src/git/tracked.ts";
import { scratch } from "../../rig/baton.ts";
import { noGit } from "../../rig/repository.ts";
import { Rpc } from "../../rig/rpc.ts";
import { plantAll, workOn } from "./plants.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

const about = { id: "cp_1", message: "one", now: 1_700_000_000_000 };

describe("commands in a repository's configuration", () => {
  test("git itself runs the planted commands (control)", () => {
    const { repository, ran } = plantAll();
    workOn(repository, "2\n");
    const git = (...args: string[]) =>
      spawnSync("git", args, { cwd: repository.top, env: repository.environment, timeout: 20_000 });
    git("add", "--all");
    git("config", "filter.process.process", "");
    git("add", "--all");
    git("update-ref", "refs/heads/other", "HEAD");
    git("checkout", "-q", "HEAD", "--", "dir/g.txt");
    git("cat-file", "-e", "0123456789012345678901234567890123456789");
    expect(ran()).toEqual(
      expect.arrayContaining([
        ...["filter.clean", "filter.process", "filter.smudge", "hook.post-index-change", "hook.reference-transaction"],
        ...["includeIf.fsmonitor", "included.clean", "remote.uploadpack", "user.clean", "worktree.clean"],
      ]),
    );
  });

  test("capture, preview, restore, list and delete of code run none of them", async () => {
    const { repository, ran, forget } = plantAll();
    const { settings, top } = repository;
    workOn(repository, "2\n");
    const then = repository.files();
    const captured = await captureCode(top, about, settings);
    expect(ran()).toEqual([]);
    if (!captured.ok) throw new Error(captured.error.message);
    const code = captured.value;

    workOn(repository, "3\n");
    repository.write("another.txt", "3");
    expect(await previewRestore(code, settings)).toMatchObject({ ok: true, value: { totals: { conflicts: 8 } } });
    expect(await restoreCode(code, { now: 1 }, settings)).toMatchObject({ error: { reason: "would-overwrite" } });
    expect(await restoreCode(code, { now: 1, force: true }, settings)).toMatchObject({ ok: true });
    expect(repository.files()).toEqual(then);
    // An unknown commit is not fetched from the repository's remotes.
    const unknown = { ...code, commit: "0123456789012345678901234567890123456789" };
    expect(await previewRestore(unknown, settings)).toMatchObject({ error: { reason: "gone" } });
    expect(await listCode(top, settings)).toMatchObject({ value: [{ id: expect.any(String) }, { id: "cp_1" }] });
    expect(await deleteCode(top, code.ref, settings)).toMatchObject({ ok: true });
    expect(ran()).toEqual([]);
    forget();
  });

  test("the check whether git tracks the state directory runs none of them", () => {
    const { repository, ran } = plantAll();
    expect(trackedIn(join(repository.top, "dir"), ["g.txt"], repository.environment)).toBe("dir/g.txt");
    expect(trackedIn(join(repository.top, ".baton"), ["runs"], repository.environment)).toBeUndefined();
    expect(ran()).toEqual([]);
  });

  test("checkpoint create, show, restore, fork and delete run none of them", async () => {
    const { repository, ran } = plantAll();
    const env = { ...repository.environment, BATON_STATE: join(scratch(), "state") };
    const server = await Rpc.start(repository.top, "2026-07-28", { env });
    const steps = [
      { id: "a", agent: "one" },
      { id: "b", command: "echo 5 > a.txt", risky: true },
    ];
    const workflow = { name: "hostile", steps, dependencies: [{ from: "a", to: "b" }] };
    const { workflowId } = await server.data("execute_workflow", { workflow });
    workOn(repository, "2\n");
    const { checkpoint } = await server.data("checkpoint", { action: "create", workflowId, name: "here" });
    expect(checkpoint).toMatchObject({ code: { dirty: true } });
    const { checkpointId } = checkpoint;
    workOn(repository, "3\n");
    await server.data("checkpoint", { action: "show", checkpointId });
    await server.data("checkpoint", { action: "restore", checkpointId, scope: "both", dryRun: true });
    await server.data("checkpoint", { action: "restore", checkpointId, scope: "both", force: true });
    expect(repository.read("a.txt")).toBe("2\n");
    workOn(repository, "4\n");
    await server.data("checkpoint", { action: "restore", checkpointId, scope: "code", force: true });
    expect(repository.read("a.txt")).toBe("2\n");
    await server.data("checkpoint", { action: "fork", checkpointId });
    await server.data("checkpoint", { action: "delete", checkpointId });
    await server.kill();
    expect(ran()).toEqual([]);
    expect(readdirSync(join(repository.top, ".git")).filter((name) => name.startsWith("baton"))).toEqual([]);
  });
});
