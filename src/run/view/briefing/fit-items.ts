/** A line, and a shorter form of it for where there is no room for the whole. */
export interface Item {
  readonly text: string;
  readonly short?: string;
}

/** Lines under a title, the most needed first. */
export interface Part {
  readonly title: string;
  readonly items: readonly Item[];
  /** How many items come before those of the parts below. The others come last of all. */
  readonly most: number;
}

/**
 * Fills `room` characters in the order of the parts, so that nothing is left out for what is less needed: once an item
 * does not fit, none after it is shown. Of each part all items come first, in short, and then as many as possible
 * become whole. The last line counts what was left out, and names the call that reads it. If not even that line fits,
 * it exceeds the room.
 */
export function fitItems(parts: readonly Part[], room: number, readAll: string): string[] {
  const shown = parts.map((): string[] => []);
  let used = 0;
  /** Replaces a line, or adds one, if there is room for it beside the line about what is left out. */
  const put = (part: number, at: number, text: string): boolean => {
    const own = shown[part]!;
    const before = own[at];
    own[at] = text;
    const heading = own.length === 1 && before === undefined ? parts[part]!.title.length + 2 : 0;
    const more = heading + text.length + 1 - (before === undefined ? 0 : before.length + 1);
    const left = leftOutLine(parts, shown, readAll);
    if (used + more + (left === undefined ? 0 : left.length + 1) > room) {
      if (before === undefined) own.pop();
      else own[at] = before;
      return false;
    }
    used += more;
    return true;
  };
  const fits = rounds(parts).every(({ part, from, to }) => {
    const { items } = parts[part]!;
    const own = items.slice(from, to);
    const all = own.every(({ text, short = text }, at) => put(part, from + at, short));
    for (const [at, { text, short }] of own.slice(0, shown[part]!.length - from).entries())
      if (short !== undefined && text !== short) put(part, from + at, text);
    return all;
  });
  const body = parts.flatMap(({ title }, index) => (shown[index]!.length > 0 ? [`${title}:`, ...shown[index]!] : []));
  return fits ? body : [...body, leftOutLine(parts, shown, readAll)!];
}

/** The first items of each part, part by part; then the others. */
const rounds = (parts: readonly Part[]): { readonly part: number; readonly from: number; readonly to: number }[] => [
  ...parts.map(({ items, most }, part) => ({ part, from: 0, to: Math.min(most, items.length) })),
  ...parts.flatMap(({ items, most }, part) => (items.length > most ? [{ part, from: most, to: items.length }] : [])),
];

function leftOutLine(parts: readonly Part[], shown: readonly (readonly string[])[], readAll: string) {
  const counts = parts.flatMap(({ title, items }, index) => {
    const left = items.length - shown[index]!.length;
    return left > 0 ? [`${left} of "${title}"`] : [];
  });
  return counts.length === 0 ? undefined : `Left out: ${counts.join(", ")}. ${readAll}`;
}
