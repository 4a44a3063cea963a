import type { Failure } from "../operations/refusal.ts";

/** Exit codes (SEMANTICS §6). */
export const EXIT = { fine: 0, failed: 1, bad_input: 2, not_found: 3, refused: 4, interrupted: 130 } as const;

export const exitOf = (failure: Failure): number => EXIT[failure.kind];
