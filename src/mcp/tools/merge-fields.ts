import { type Field, fieldsOf, sameType, type Takes } from "../../operations/field.ts";
import type { ToolOperation } from "../../operations/operation.ts";
import type { Property } from "./tool.ts";

/** Actions that a description names one by one. */
const MAX_NAMED = 4;

/** A field of one action. */
interface Use {
  readonly action: string;
  readonly field: Field;
}

/** The arguments of a tool: one for each field of its operations, which says which actions take it. */
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
  return Object.fromEntries([...uses].map(([name, of]) => [name, property(of, all, mainAction)]));
}

function property(uses: readonly Use[], all: readonly string[], mainAction: string | undefined): Property {
  const description = describe(uses, all, mainAction);
  return { ...common(uses.map(({ field }) => field.takes)), ...(description !== "" && { description }) };
}

/** What all of them take. */
function common(all: readonly Takes[]): Takes {
  const [first, ...rest] = all;
  return rest.every((other) => JSON.stringify(other) === JSON.stringify(first)) ? first! : sameType(all);
}

function describe(uses: readonly Use[], all: readonly string[], mainAction: string | undefined): string {
  const meanings = new Map<string, string[]>();
  for (const { action, field } of uses) {
    const meaning = field.description ?? "";
    meanings.set(meaning, [...(meanings.get(meaning) ?? []), action]);
  }
  const [[first, takers] = ["", []]] = meanings;
  if (meanings.size === 1 && mainAction !== undefined && takers.includes(mainAction)) return capitalized(first);
  const parts = [...meanings].map(([meaning, actions]) => {
    if (actions.length === all.length) return meaning;
    return `for ${meanings.size === 1 ? whichOf(actions, all) : actions.join(", ")}${meaning === "" ? "" : `: ${meaning}`}`;
  });
  return capitalized(parts.join("; "));
}

/** Names the actions. Of many, names those that do not take the field. */
function whichOf(actions: readonly string[], all: readonly string[]): string {
  const others = all.filter((action) => !actions.includes(action));
  return actions.length > MAX_NAMED && others.length <= 2 ? `all but ${others.join(", ")}` : actions.join(", ");
}

/** A name such as `nextCursor` keeps its first letter. */
const capitalized = (text: string): string =>
  /^[a-z]+\b/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
