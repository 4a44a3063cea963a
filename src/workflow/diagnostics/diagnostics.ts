import type { Diagnostic, DiagnosticCode, Place } from "../../model/diagnostic.ts";
import { groupDigits } from "../../model/text/format.ts";

/** Keys and indices from the workflow's root. */
export type Path = readonly (string | number)[];

/** Line and column of a value, or of its key, in the text it was read from. */
export type Locate = (path: Path, on: "key" | "value") => { line: number; column: number } | undefined;

/** More are of no use to a reader, and locating each one costs time. */
const MAX_DIAGNOSTICS = 200;

export interface DiagnosticDetail {
  /** What to do next. A function where the hint is costly to compute. */
  readonly hint?: string | (() => string | undefined) | undefined;
  readonly severity?: Diagnostic["severity"];
  /** Whether the location is that of the key or of its value; `value` by default. */
  readonly on?: "key" | "value";
  /** The path is one that the author wrote, and not one of the form with `steps`. */
  readonly asWritten?: true;
}

const UNCHANGED = (path: Path): Path => path;

/** Collects the diagnostics of one workflow, each with its place. */
export class Diagnostics {
  private readonly found: Diagnostic[] = [];
  private unlisted = 0;
  private readonly locate: Locate;
  private readonly file: string | undefined;
  private readonly stepId: (index: number) => string | undefined;
  private readonly origin: (path: Path) => Path;
  private readonly reported = new Set<string>();

  /** @param origin maps a path of the form with `steps` to the path that the author wrote; the identity by default */
  constructor(
    locate: Locate,
    file: string | undefined,
    stepId: (index: number) => string | undefined,
    origin = UNCHANGED,
  ) {
    this.locate = locate;
    this.file = file;
    this.stepId = stepId;
    this.origin = origin;
  }

  report(code: DiagnosticCode, path: Path, message: string, detail: DiagnosticDetail = {}): void {
    const at = detail.asWritten ? path : this.origin(path);
    if (this.isRepeated(at, message)) return;
    if (this.found.length >= MAX_DIAGNOSTICS) {
      if (detail.severity !== "warning") this.unlisted++;
      return;
    }
    const hint = typeof detail.hint === "function" ? detail.hint() : detail.hint;
    this.found.push({
      severity: detail.severity ?? "error",
      code,
      message,
      ...(hint !== undefined && { hint }),
      at: this.placeOf(at, detail.on),
    });
  }

  /** The formatted path under which the author wrote the value at `path`. */
  authorPath(path: Path): string {
    return formatPath(this.origin(path));
  }

  /** Where the author wrote the value at a path. */
  place(path: Path): Place {
    return this.placeOf(this.origin(path));
  }

  private placeOf(path: Path, on: DiagnosticDetail["on"] = "value"): Place {
    return {
      ...(this.file !== undefined && { file: this.file }),
      ...this.locate(path, on),
      ...this.subject(path),
    };
  }

  /** A dialect makes several steps from one value. An error in that value is reported once. */
  private isRepeated(path: Path, message: string): boolean {
    if (this.origin === UNCHANGED) return false;
    const before = this.reported.size;
    return this.reported.add(`${formatPath(path)}\n${message}`).size === before;
  }

  /** The errors in the order of the text. Without a text, in the order in which they were reported. */
  errors(): Diagnostic[] {
    const errors = this.found.filter(({ severity }) => severity === "error").sort(byPlace);
    if (this.unlisted === 0) return errors;
    const message = `${groupDigits(this.unlisted)} more mistakes are not listed`;
    const at: Place = { ...(this.file !== undefined && { file: this.file }), field: "workflow" };
    return [...errors, { severity: "error", code: "too_large", message, at }];
  }

  warnings(): Diagnostic[] {
    return this.found.filter(({ severity }) => severity === "warning");
  }

  private subject(path: Path): Pick<Place, "step" | "field"> {
    const index = path[0] === "steps" ? path[1] : undefined;
    const step = typeof index === "number" ? this.stepId(index) : undefined;
    if (step === undefined) return { field: formatPath(path) || "workflow" };
    return path.length === 2 ? { step } : { step, field: formatPath(path.slice(2)) };
  }
}

function byPlace({ at: left }: Diagnostic, { at: right }: Diagnostic): number {
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}

/** A path as text, such as `dependencies[2].to`. A key that is not a plain name is quoted. */
export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
