import type { EngineFailure } from "../../model/contracts/engine.ts";

/** Turns a file system error into a value. Any other error is a defect of Baton and is thrown again. */
export function ioFailure(error: unknown): EngineFailure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  const hint =
    code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
      ? "The disk is full, so Baton started nothing. Free some space and try again."
      : "Make the state directory writable, or choose another with --state or BATON_STATE.";
  return { reason: "io_error", message: `the run could not be written: ${message}`, hint };
}
