import type { Result } from "../model/data/result.ts";
import type { EditConflict, FileEdit } from "./file-edit.ts";

/** The change of one file. `undefined`: no such file. */
export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface EditPlan {
  readonly changes: readonly Change[];
  /** Edits that Baton leaves out, with the reason. All others can go ahead. */
  readonly obstacles: readonly (EditConflict & { readonly path: string })[];
}

/** The text of a file, `undefined` if there is none. */
export type Read = (path: string) => Result<string | undefined, EditConflict>;

interface Text {
  readonly before: string | undefined;
  after: string | undefined;
}

/** Applies all edits in memory. Each edit sees the text after the earlier ones; `erase` runs from last to first. */
export function planEdits(deeds: readonly FileEdit[], how: "write" | "erase", read: Read): EditPlan {
  const texts = new Map<string, Text | undefined>();
  const obstacles: (EditConflict & { path: string })[] = [];
  for (const deed of how === "write" ? deeds : deeds.toReversed()) {
    const { path } = deed;
    if (!texts.has(path)) {
      const found = read(path);
      if (!found.ok) obstacles.push({ path, ...found.error });
      texts.set(path, found.ok ? { before: found.value, after: found.value } : undefined);
    }
    const text = texts.get(path);
    if (!text) continue;
    const edit = deed[how](text.after);
    if (edit.ok) text.after = edit.value;
    else obstacles.push({ path, ...edit.error });
  }
  const changes = [...texts].flatMap(([path, text]) => (text && text.before !== text.after ? [{ path, ...text }] : []));
  return { changes, obstacles };
}
