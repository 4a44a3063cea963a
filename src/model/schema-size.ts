import { groupDigits } from "./text/format.ts";

/** Values in one schema. Applying it begins with going through all of them. */
const MOST_PARTS = 20_000;

/** Why a schema is not even looked through; `undefined`: it is small enough. */
export function tooLarge(schema: unknown): string | undefined {
  const open = [schema];
  let parts = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (++parts > MOST_PARTS) return `has more than ${groupDigits(MOST_PARTS)} parts`;
    // Not by spreading: a list of any length may be on its way.
    if (typeof one === "object" && one !== null) for (const part of Object.values(one)) open.push(part);
  }
  return undefined;
}
