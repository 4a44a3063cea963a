import type { DiagnosticCode } from "../../model/diagnostic.ts";
import { isRecord } from "../../model/json.ts";
import { groupDigits } from "../../model/text/format.ts";
import type { DiagnosticDetail, Path } from "../diagnostics/diagnostics.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** A mistake that only the dialect can find. `path` is as the author wrote it. */
export interface DialectDiagnostic {
  readonly code: DiagnosticCode;
  readonly path: Path;
  readonly message: string;
  readonly detail?: DiagnosticDetail;
}

/**
 * Where the author wrote an object of the translation, and those of its fields that stand elsewhere or under another
 * name.
 */
interface Origin {
  readonly path: Path;
  readonly fields: ReadonlyMap<string, Path>;
}

/** Whether an entry of `dependencies` names its two steps. */
export const isPair = ({ from, to }: Fields): boolean => typeof from === "string" && typeof to === "string";

type List = "steps" | "dependencies" | "limits";
const NO_MOVED_FIELDS: ReadonlyMap<string, Path> = new Map();

/** No author means more: two phases of a thousand agents each give a million edges. */
const MAX_EDGES = 1_000_000;

/** A workflow translated into the form with `steps`, with the place where the author wrote each part. */
export class Translation {
  readonly diagnostics: DialectDiagnostic[] = [];
  /** By step: its group, if the author declared it parallel. */
  readonly groups: (number | undefined)[] = [];
  private readonly fields: Fields;
  private readonly key: Path;
  private readonly lists: Record<List, unknown[]> = { steps: [], dependencies: [], limits: [] };
  private readonly written: Record<List, Origin[]> = { steps: [], dependencies: [], limits: [] };
  /** How many entries of each list the author wrote in the form with `steps`. */
  private readonly own: Record<List, number> = { steps: 0, dependencies: 0, limits: 0 };
  private readonly pairs = new Set<string>();

  /**
   * @param fields the fields beside the dialect's list, which stay as they are
   * @param key the dialect's list
   */
  constructor(fields: Fields, key: Path) {
    this.fields = fields;
    this.key = key;
    for (const list of ["dependencies", "limits"] as const) {
      const given = fields[list];
      if (!Array.isArray(given)) continue;
      this.lists[list] = [...given];
      this.own[list] = given.length;
    }
    for (const each of this.lists.dependencies)
      if (isRecord(each) && isPair(each)) this.pairs.add(`${each.from}\n${each.to}`);
  }

  report(code: DiagnosticCode, path: Path, message: string, detail?: DiagnosticDetail): void {
    this.diagnostics.push({ code, path, message, ...(detail && { detail }) });
  }

  addStep(step: unknown, path: Path, fields = NO_MOVED_FIELDS, group?: number): void {
    this.lists.steps.push(step);
    this.written.steps.push({ path, fields });
    this.groups.push(group);
  }

  /**
   * Edges that the dialect implies, from each to each. An entry of `dependencies` for two of these steps replaces one.
   */
  addEdges(before: readonly string[], after: readonly string[], reason: string, path: Path): void {
    const { dependencies } = this.lists;
    if (dependencies.length + before.length * after.length > MAX_EDGES) {
      const message = `more than ${groupDigits(MAX_EDGES)} edges result from this`;
      return this.report("too_large", path, message, { hint: "Put one step between the two groups to join them." });
    }
    for (const from of before) {
      for (const to of after) {
        if (from === to || this.pairs.has(`${from}\n${to}`)) continue;
        this.pairs.add(`${from}\n${to}`);
        dependencies.push({ from, to, reason });
        this.written.dependencies.push({ path, fields: NO_MOVED_FIELDS });
      }
    }
  }

  addLimit(steps: readonly string[], max: unknown, path: Path): void {
    this.lists.limits.push({ steps: [...steps], max });
    this.written.limits.push({ path, fields: new Map([["max", path]]) });
  }

  /** The workflow in the form with `steps`. What cannot be translated stays as written. */
  toRaw(): Fields {
    const lists: [string, unknown][] = [["steps", this.lists.steps]];
    for (const list of ["dependencies", "limits"] as const) {
      if (this.written[list].length > 0 && Array.isArray(this.fields[list] ?? [])) lists.push([list, this.lists[list]]);
    }
    return Object.fromEntries([...Object.entries(this.fields), ...lists]);
  }

  /** Where the author wrote what stands at a path of the form with `steps`. */
  origin(path: Path): Path {
    const [list, index, field, ...rest] = path;
    if (list === "steps" && index === undefined) return this.key;
    if (typeof index === "number" && typeof list === "string" && Object.hasOwn(this.written, list)) {
      const at = this.written[list as List][index - this.own[list as List]];
      if (at && field === undefined) return at.path;
      if (at) return [...(at.fields.get(String(field)) ?? [...at.path, field!]), ...rest];
    }
    return path;
  }
}
