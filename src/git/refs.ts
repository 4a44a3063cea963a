import { err, ok, type Result } from "../model/data/result.ts";
import { asResult, Git, type GitFailure, type GitSettings } from "./command.ts";
import { locate } from "./repository.ts";

/**
 * Hidden refs: git keeps their objects, but lists them neither as branches nor as tags.
 * Clone, fetch and push skip them by default. Linked work trees share them.
 */
const REF_PREFIXES = { checkpoint: "refs/baton/checkpoints", "before-restore": "refs/baton/before-restore" } as const;
type Kind = keyof typeof REF_PREFIXES;

/** @param id at most 150 letters, digits, `_ -`; anything else is a bug and throws */
export function refOf(kind: Kind, id: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]{0,149}$/.test(id)) throw new Error(`not a checkpoint id: ${id}`);
  return `${REF_PREFIXES[kind]}/${id}`;
}

/** A recorded work tree that a ref keeps. */
export interface KeptCode {
  readonly kind: Kind;
  readonly id: string;
  readonly ref: string;
  readonly commit: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Lists all recorded work trees of a repository, the oldest first. */
export async function listCode(
  repository: string,
  settings: GitSettings,
): Promise<Result<readonly KeptCode[], GitFailure>> {
  return asResult(async () => {
    const git = new Git(settings);
    const { top } = await locate(git, repository);
    const found: KeptCode[] = [];
    const format = "--format=%(objectname) %(committerdate:unix) %(refname)%00";
    await git.list(
      ["for-each-ref", format, ...Object.values(REF_PREFIXES).map((room) => `${room}/`)],
      { cwd: top },
      (record) => {
        const [commit, seconds, ref] = record.trim().split(" ") as [string, string, string];
        const kind = ref.startsWith(`${REF_PREFIXES.checkpoint}/`) ? "checkpoint" : "before-restore";
        found.push({ kind, id: ref.slice(REF_PREFIXES[kind].length + 1), ref, commit, time: Number(seconds) * 1000 });
      },
    );
    return ok(found.sort((a, b) => a.time - b.time || (a.ref < b.ref ? -1 : 1)));
  });
}

/** Deletes the ref of a recorded work tree; git collects its objects later. Succeeds if the ref is gone already. */
export async function deleteCode(
  repository: string,
  ref: string,
  settings: GitSettings,
): Promise<Result<void, GitFailure>> {
  if (!Object.values(REF_PREFIXES).some((room) => ref.startsWith(`${room}/`))) {
    return err({ reason: "failed", message: `${ref} is not a ref of Baton; those are below refs/baton/` });
  }
  return asResult(async () => {
    const git = new Git(settings);
    const { top } = await locate(git, repository);
    await git.ask(["update-ref", "--no-deref", "-d", ref], { cwd: top });
    return ok(undefined);
  });
}
