import type { JsonValue } from "../../model/workflow.ts";
import type { Path } from "../diagnostics/diagnostics.ts";

/** No workflow is this deep. The limit also ends a value that contains itself. */
const MAX_LEVELS = 100;
/** No workflow has this many values. The limit also ends a small value that repeats references to itself. */
const MAX_VALUES = 5_000_000;

export interface JsonError {
  readonly path: Path;
  readonly code: "wrong_type" | "too_large";
  readonly message: string;
}

type Container = JsonValue[] | Record<string, JsonValue>;
interface Task {
  readonly source: object;
  readonly into: Container;
  readonly path: Path;
}

/**
 * Copies a value as JSON data, so that the caller cannot change it later. Values that JSON cannot hold are reported and
 * left out. A property that is `undefined` is absent, as in JSON. The key `__proto__` becomes an ordinary property.
 */
export function toJson(value: unknown): { value: JsonValue | undefined; problems: JsonError[] } {
  const problems: JsonError[] = [];
  const tasks: Task[] = [];
  let count = 0;

  const copy = (source: unknown, path: () => Path): JsonValue | undefined => {
    if (++count > MAX_VALUES) return undefined;
    switch (typeof source) {
      case "string":
      case "boolean":
        return source;
      case "number":
        if (Number.isFinite(source)) return source + 0; // -0 is 0 in JSON
        problems.push({ path: path(), code: "wrong_type", message: `${source} is not a number that JSON can hold` });
        return undefined;
      case "object": {
        if (source === null) return null;
        const prototype = Object.getPrototypeOf(source);
        const list = Array.isArray(source);
        if (!list && prototype !== Object.prototype && prototype !== null) {
          const name = typeof source.constructor === "function" ? source.constructor.name : "object";
          problems.push({ path: path(), code: "wrong_type", message: `a value of type ${name} is not plain data` });
          return undefined;
        }
        const at = path();
        if (at.length > MAX_LEVELS) {
          problems.push({
            path: at.slice(0, 3),
            code: "too_large",
            message: `nested deeper than ${MAX_LEVELS} levels`,
          });
          return undefined;
        }
        const into: Container = list ? [] : {};
        tasks.push({ source, into, path: at });
        return into;
      }
      default:
        if (source === undefined && path().length === 0) return undefined; // the source has no value
        problems.push({
          path: path(),
          code: "wrong_type",
          message: `a value of type ${typeof source} is not plain data`,
        });
        return undefined;
    }
  };

  const result = copy(value, () => []);
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const { source, into, path } = task;
    if (Array.isArray(into)) {
      const list = source as readonly unknown[];
      for (let i = 0; i < list.length && count <= MAX_VALUES; i++) into.push(copy(list[i], () => [...path, i]) ?? null);
      continue;
    }
    for (const [key, member] of Object.entries(source)) {
      if (member === undefined) continue;
      const made = copy(member, () => [...path, key]);
      if (made === undefined) continue;
      if (key === "__proto__") Object.defineProperty(into, key, { ...DATA, value: made });
      else into[key] = made;
    }
  }
  if (count > MAX_VALUES) problems.push({ path: [], code: "too_large", message: "the value holds too much data" });
  return { value: result, problems };
}

const DATA = { writable: true, enumerable: true, configurable: true } as const;
