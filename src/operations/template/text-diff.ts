import { structuredPatch } from "diff";

/** Unchanged lines shown around a change. */
const CONTEXT_LINES = 2;
/** Changed lines beyond which the library would compare for too long. */
const MAX_CHANGED_LINES = 2_000;

/**
 * The lines that differ between two texts: `- ` removed, `+ ` added, `  ` unchanged, `…` where more is unchanged. Empty
 * if no line differs; line ends do not count. Texts that differ in too many lines are shown as all removed, all added.
 */
export function diffLines(before: string, after: string): string[] {
  const [old, next] = [normalised(before), normalised(after)];
  if (old === next) return [];
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_CHANGED_LINES };
  const patch = structuredPatch("", "", old, next, "", "", options);
  if (!patch) return [...linesOf(old).map((line) => `- ${line}`), ...linesOf(next).map((line) => `+ ${line}`)];
  let end = 1;
  const shown = patch.hunks.flatMap(({ oldStart, oldLines, lines }) => {
    // A hunk without old lines names the line before it.
    const start = oldLines === 0 ? oldStart + 1 : oldStart;
    const gap = start > end ? ["…"] : [];
    end = start + oldLines;
    return [...gap, ...lines.map((line) => `${line[0]} ${line.slice(1)}`)];
  });
  return end <= linesOf(old).length ? [...shown, "…"] : shown;
}

const normalised = (text: string): string => `${text.replaceAll("\r\n", "\n").replace(/\n$/, "")}\n`;

const linesOf = (text: string): string[] => text.slice(0, -1).split("\n");
