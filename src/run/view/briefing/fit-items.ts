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
 * does not fit, none after it is shown. The last line counts what was left out, and names the call that reads it.
 * If not even that line fits, the room is exceeded by it.
 */
export function fitItems(parts: readonly Part[], room: number, readAll: string): string[] {
  const shown = parts.map((): string[] => []);
  let used = 0;
  for (const { part, item } of inOrder(parts)) {
    const { title } = parts[part]!;
    const own = shown[part]!;
    const heading = own.length === 0 ? title.length + 2 : 0;
    own.push(item.text);
    const left = leftOutLine(parts, shown, readAll);
    const rest = room - used - heading - (left === undefined ? 0 : left.length + 1);
    const form = [item.text, item.short].find((text) => text !== undefined && text.length + 1 <= rest);
    own.pop();
    if (form === undefined) break;
    own.push(form);
    used += heading + form.length + 1;
  }
  const left = leftOutLine(parts, shown, readAll);
  const body = parts.flatMap(({ title }, index) => (shown[index]!.length > 0 ? [`${title}:`, ...shown[index]!] : []));
  return left === undefined ? body : [...body, left];
}

/** The first items of each part, part by part; then the others. */
function inOrder(parts: readonly Part[]): { readonly part: number; readonly item: Item }[] {
  const slices = (from: (most: number) => number, to: (most: number) => number | undefined) =>
    parts.flatMap(({ items, most }, part) => items.slice(from(most), to(most)).map((item) => ({ part, item })));
  return [
    ...slices(
      () => 0,
      (most) => most,
    ),
    ...slices(
      (most) => most,
      () => undefined,
    ),
  ];
}

function leftOutLine(parts: readonly Part[], shown: readonly (readonly string[])[], readAll: string) {
  const counts = parts.flatMap(({ title, items }, index) => {
    const left = items.length - shown[index]!.length;
    return left > 0 ? [`${left} of "${title}"`] : [];
  });
  return counts.length === 0 ? undefined : `Left out: ${counts.join(", ")}. ${readAll}`;
}
