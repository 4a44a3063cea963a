import { kept } from "./kept.ts";

const LONGEST = 300;
const MOST_REPEATS = 4;

/**
 * Can a pattern that somebody wrote be tried on a text without going on for ages? One that repeats what repeats or branches, or that looks back
 * at its groups, may not.
 */
export const isQuick = kept((pattern: string): boolean => {
  if (pattern.length > LONGEST || /\\[1-9k]/.test(pattern)) return false;
  const bare = pattern.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
  const risky: boolean[] = [false];
  let repeats = 0;
  for (const [at, sign] of [...bare].entries()) {
    if (sign === "(") risky.push(false);
    const closed = sign === ")" ? risky.pop() : undefined;
    const repeated = /^(?:[*+]|\{\d+,\d*\})/.test(bare.slice(at + 1, at + 12));
    if (repeated) repeats++;
    if (closed && repeated) return false;
    if (sign === "|" || repeated || closed) risky[Math.max(0, risky.length - 1)] = true;
  }
  return repeats <= MOST_REPEATS;
});

/** The same shapes are asked for by every goal. */
const compiled = kept((shape: string) => new RegExp(shape.slice(shape.indexOf(" ") + 1), shape.split(" ", 1)[0]));
export const shapeOf = (source: string, flags: string): RegExp => compiled(`${flags} ${source}`);

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Does a pattern tell values from other words? One that lets any word pass says nothing. */
export function isTelling(pattern: string | undefined): boolean {
  if (pattern === undefined || !isQuick(pattern)) return false;
  const shape = shapeOf(pattern, "u");
  return !["word", "Word", "two words"].some((sample) => shape.test(sample));
}
