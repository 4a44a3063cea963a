/**
 * An expected outcome as a value: what may go wrong by design is returned; what must never happen throws. `E` always
 * has a closed `reason` or is a list of diagnostics, so that a caller can switch over it.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
