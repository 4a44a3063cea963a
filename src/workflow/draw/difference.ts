/** Lines beyond which no common ones are looked for between the first and the last that differ. */
const MOST_COMPARED = 2_000;
/** Unchanged lines shown around a change. */
const AROUND = 2;

/** How one text became another, line by line: `- ` gone, `+ ` new, `  ` the same, `…` where more is the same. Empty: nothing changed. */
export function differenceOf(before: string, after: string): string[] {
  const [old, young] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < young.length && old[start] === young[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, young.length) - start && old.at(-1 - end) === young.at(-1 - end)) end++;
  const changed = compare(old.slice(start, old.length - end), young.slice(start, young.length - end));
  if (changed.length === 0) return [];
  const same = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  return condensed([...same(old.slice(0, start)), ...changed, ...same(old.slice(old.length - end))]);
}

const linesOf = (text: string): string[] => text.replace(/\r\n/g, "\n").replace(/\n$/, "").split("\n");

/** By the longest sequence of lines that both have. */
function compare(old: readonly string[], young: readonly string[]): string[] {
  const gone = old.map((line) => `- ${line}`);
  const come = young.map((line) => `+ ${line}`);
  if (Math.max(old.length, young.length) > MOST_COMPARED) return [...gone, ...come];
  const width = young.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = young.length - 1; j >= 0; j--) {
      common[i * width + j] =
        old[i] === young[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < old.length || j < young.length; ) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      lines.push(`  ${old[i]}`);
      i++;
      j++;
    } else if (j >= young.length || (i < old.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      lines.push(gone[i++]!);
    } else lines.push(come[j++]!);
  }
  return lines;
}

function condensed(lines: readonly string[]): string[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((line) => !line.startsWith(" ")),
  );
  return lines.flatMap((line, at) => (near[at] ? [line] : at === 0 || near[at - 1] ? ["…"] : []));
}
