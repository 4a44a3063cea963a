import { groupDigits } from "./text/format.ts";

/** Values in one schema. Applying a schema begins with visiting all of them. */
const MAX_PARTS = 20_000;

/** Why a schema is too large to inspect; `undefined` if it is small enough. */
export function sizeError(schema: unknown): string | undefined {
  const open = [schema];
  let parts = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (++parts > MAX_PARTS) return `has more than ${groupDigits(MAX_PARTS)} parts`;
    // No spread here: the list may have any length.
    if (typeof one === "object" && one !== null) for (const part of Object.values(one)) open.push(part);
  }
  return undefined;
}
