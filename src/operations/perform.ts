import type { z } from "zod";
import { DamagedRun } from "../model/contracts/store.ts";
import { err, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { runOf } from "../model/ids.ts";
import { escapedLine } from "../model/text/quoted.ts";
import { truncate } from "../model/text/truncate.ts";
import { FileError } from "../system/file.ts";
import type { App, Call } from "./app.ts";
import { checkInput } from "./check-input.ts";
import type { Operation } from "./operation.ts";
import { badInput, type Failure, failure } from "./refusal.ts";
import { readyShown } from "./run-tree.ts";

/** Checks all of the input against the operation's schema, then performs the operation. */
export async function perform<I extends z.ZodObject, O extends object>(
  operation: Operation<I, O>,
  given: unknown,
  app: App,
  call: Call = {},
): Promise<Result<O, Failure>> {
  const input = checkInput(operation.input, given, call.called);
  if (!input.ok) return aboutItsRun(badInput(input.error), given, app);
  const tooLong = pathsTooLong(input.value);
  if (tooLong.length > 0) return aboutItsRun(badInput(tooLong), given, app);
  try {
    const done = await operation.handle(input.value, app, call);
    return done.ok ? done : aboutItsRun(done.error, given, app);
  } catch (error) {
    if (error instanceof DamagedRun) return failure({ reason: "damaged", message: error.message, hint: START_AGAIN });
    if (error instanceof FileError && error.reason !== "unreadable")
      return failure({ reason: "unusable_file", message: error.message, hint: LOOK });
    const refused = systemRefusal(error);
    if (!refused) throw error;
    return aboutItsRun(refused, given, app);
  }
}

const LOOK = "Something replaced one of Baton's files. Inspect it, then remove it.";

const START_AGAIN = "Nothing of this run can be read. Start its work again as a new run; other runs are not affected.";

/** Bytes of a path on Linux; less elsewhere. The search for a project walks up the whole path, level by level. */
const MAX_PATH_BYTES = 4_096;

/** Arguments that are paths and too long. */
const pathsTooLong = ({ cwd, file }: { cwd?: unknown; file?: unknown }): Diagnostic[] =>
  Object.entries({ cwd, file }).flatMap(([field, path]) => {
    if (typeof path !== "string" || Buffer.byteLength(path) < MAX_PATH_BYTES) return [];
    const message = `is too long for a path (${path.length} characters)`;
    return [{ severity: "error", code: "too_large", message, at: { field } }];
  });

/** A refusal of the operating system is no fault in Baton. The input caused it, or the state directory. */
function systemRefusal(error: unknown): Failure | undefined {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || typeof code !== "string") return undefined;
  const said = truncate(escapedLine(message), 500);
  // A path with NUL in it, or a name longer than any file may have.
  if (/^(ENAMETOOLONG|ELOOP|ERR_INVALID_ARG_VALUE)$/.test(code))
    return badInput([
      { severity: "error", code: "file", message: said, hint: "Give the path of a file or directory.", at: {} },
    ]);
  if ((syscall === undefined && !(error instanceof FileError)) || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  const hint =
    "Check that the directory exists, is writable and has free space, then call again. Baton keeps everything that it acknowledged.";
  return { kind: "failed", reason: "io_error", message: said, hint };
}

/** A refusal about a known run also says what can be done in that run. */
async function aboutItsRun(refused: Failure, given: unknown, app: App): Promise<Result<never, Failure>> {
  const { workflowId, assignment } = (given ?? {}) as { workflowId?: unknown; assignment?: unknown };
  const named = typeof workflowId === "string" ? workflowId : undefined;
  const id = refused.workflowId ?? named ?? (typeof assignment === "string" ? runOf(assignment) : undefined);
  if (id === undefined) return err(refused);
  try {
    return err(
      (await app.engine.observe(id)) ? { ...refused, workflowId: id, ready: await readyShown(id, app) } : refused,
    );
  } catch {
    // An unreadable run offers nothing; another answer says why.
    return err(refused);
  }
}
