import { type Field, fieldsOf, sameType, type Takes } from "../../operations/field.ts";
import { HOW_TO_ANSWER } from "../../operations/fields.ts";
import type { ToolOperation } from "../../operations/operation.ts";
import type { Property } from "./tool.ts";

/** Actions that a description names one by one. */
const MAX_NAMED = 4;

/** A field of one action. */
interface Use {
  readonly action: string;
  readonly field: Field;
}

/** The arguments of a tool: one for each field of its operations, which says what it means with which actions. */
export function mergeFields(
  actions: Readonly<Record<string, ToolOperation>>,
  mainAction: string | undefined,
): Record<string, Property> {
  const uses = new Map<string, Use[]>();
  for (const [action, { input, tool }] of Object.entries(actions)) {
    for (const field of fieldsOf(input)) {
      if (tool.unlisted?.includes(field.name)) continue;
      uses.set(field.name, [...(uses.get(field.name) ?? []), { action, field }]);
    }
  }
  const all = Object.keys(actions);
  return Object.fromEntries([...uses].map(([name, of]) => [name, property(name, of, all, mainAction)]));
}

function property(
  name: string,
  uses: readonly Use[],
  all: readonly string[],
  mainAction: string | undefined,
): Property {
  const description = describe(name, uses, all, mainAction);
  return { ...common(uses.map(({ field }) => field.takes)), ...(description !== "" && { description }) };
}

/** What all of them take. */
function common(all: readonly Takes[]): Takes {
  const [first, ...rest] = all;
  return rest.every((other) => JSON.stringify(other) === JSON.stringify(first)) ? first! : sameType(all);
}

function describe(name: string, uses: readonly Use[], all: readonly string[], mainAction: string | undefined): string {
  const meanings = new Map<string, string[]>();
  for (const { action, field } of uses) {
    const meaning = field.description ?? "";
    meanings.set(meaning, [...(meanings.get(meaning) ?? []), action]);
  }
  const [[first, takers] = ["", []]] = meanings;
  // It works, or is harmless, with every action.
  if (HOW_TO_ANSWER.has(name)) return capitalized([...meanings.keys()].find((meaning) => meaning !== "") ?? "");
  if (meanings.size === 1 && mainAction !== undefined && takers.includes(mainAction)) return capitalized(first);
  const shared = sharedMeaning(meanings);
  if (shared !== undefined) return capitalized(shared);
  const parts = [...meanings].map(([meaning, actions]) => {
    if (actions.length === all.length) return meaning;
    const which = meanings.size === 1 ? whichOf(actions, all) : actions.join(", ");
    return meaning === "" ? `with ${which}` : `${which}: ${meaning}`;
  });
  return all.length === takers.length ? capitalized(parts.join("; ")) : parts.join("; ");
}

/** Meanings that differ only in what stands in parentheses are told once: `the run (list: default: the latest)`. */
function sharedMeaning(meanings: ReadonlyMap<string, readonly string[]>): string | undefined {
  const parts = [...meanings].map(([meaning, actions]) => {
    const [, base = meaning, extra] = /^([^(]+) \((.+)\)$/.exec(meaning) ?? [];
    return { base, extra, actions };
  });
  const [first] = parts;
  if (parts.length < 2 || first!.base === "" || parts.some(({ base }) => base !== first!.base)) return undefined;
  // The largest group needs no names, unless some actions add nothing.
  const most = Math.max(...parts.map(({ actions }) => actions.length));
  const unnamed =
    parts.every(({ extra }) => extra !== undefined) && parts.find(({ actions }) => actions.length === most);
  const extras = parts
    .filter((part) => part.extra !== undefined && part !== unnamed)
    .map(({ extra, actions }) => `${actions.join(", ")}: ${extra}`);
  return `${first!.base} (${[...extras, ...(unnamed ? [`else ${unnamed.extra}`] : [])].join("; ")})`;
}

/** Names the actions. Of many, names those that do not take the field. */
function whichOf(actions: readonly string[], all: readonly string[]): string {
  const others = all.filter((action) => !actions.includes(action));
  return actions.length > MAX_NAMED && others.length <= 2 ? `all but ${others.join(", ")}` : actions.join(", ");
}

/** A name such as `nextCursor` keeps its first letter. */
const capitalized = (text: string): string =>
  /^[a-z]+\b/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
