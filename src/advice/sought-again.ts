import type { RoutableTemplate } from "../model/routing.ts";
import type { JsonObject, JsonValue, Parameter } from "../model/workflow.ts";
import { parameterError } from "../workflow/schema/parameters.ts";
import { textOf } from "./finding.ts";
import { NO_NAMES, withoutName } from "./names.ts";
import { isQuick, shapeOf } from "./patterns.ts";
import { isAddress, isIdentifier } from "./recognise.ts";

// Once it is known which template a goal asks to run, its parameters may be sought where nobody would look before: any row of names, what
// something is compared with, the one word that can only be a name. Before that, every goal has some of these, and would speak for templates.

const ITEM = "[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,60}";
const BETWEEN =
  "(?:\\s*[,、，]\\s*(?:(?:and|then|und|et|y|e|i|и|puis|dann|luego|poi|потім|потом|potem)\\s+)?|\\s+(?:and|then|und|et|y|e|i|и|og|och|en|puis|dann|luego|poi|потім|потом|potem)\\s+|\\s*[/&+]\\s*)";
const ROW = new RegExp(`(?<![\\p{L}\\p{N}._/-])${ITEM}(?:${BETWEEN}${ITEM}){1,40}`, "giu");
const BETWEEN_ITEMS = new RegExp(BETWEEN, "iu");

const COMPARED =
  /(?:\b(?:against|vs\.?|versus|compar(?:ed|ing|e) (?:to|with|against)|relative to|since(?: tag)?|diff(?:erences?)? (?:to|with|against|from)|into|base(?:d on| is)?|at|gegen(?:über)?|seit|auf|verglichen mit|depuis|frente a|comparad[ao]s? (?:con|com)|rispetto a|ten opzichte van|w porównaniu (?:z|do)|branche?(?!\s+(?:versus|vs|compar|against|to|with|relative|gegen|par|verglichen|frente|rispetto)))|par rapport à|comparée? (?:à|avec)|em relação (?:à|ao|a)|относительно|по сравнению с|so với)\s+(?:(?:the|den|dem|la|le|il|o|a|branch|branche|tag|commit)\s+)*([\p{L}\p{N}][\p{L}\p{N}._/-]*)/giu;
const REF = /\b(?:branch|tag|commit)\b/i;
const EMPHASIS = /\b(?:focus|most|emphasis|attention)\b/i;
/** What of these has ways of its own to be told. */
const TOLD = new RegExp(
  `${REF.source}|${EMPHASIS.source}|\\bcommand\\b|\\b(?:url|address|path|file|folder|directory|date)\\b`,
  "i",
);
const KNOWN_REF = /^(?:main|master|develop|dev|trunk|next|stable|staging|integration|preprod|production|release)$/i;
const MOST =
  /(?:focus(?:s?ing|s?ed)?\s+(?:on\s+|is\s+)?|concentrat\p{L}*\s+on\s+|above all(?:,)?\s+|(?:mostly|mainly|especially|particularly)\s+|com foco em\s+|con foco en\s+|avec un focus sur\s+|mit fokus auf\s+|фокус на\s+)(?:for\s+|at\s+|on\s+|the\s+)*([^.,;!?\n]{2,60})|(?:look(?:ing)?|check) (?:at|for) ([^.,;!?\n]{2,40}?) (?:most of all|above all|first of all|most)\b/iu;

/** What a goal says of the parameters that are still open, knowing that it asks for this template. */
export function soughtAgain(goal: string, { name, parameters = [] }: RoutableTemplate, known: JsonObject): JsonObject {
  const { text } = textOf(withoutName(goal, name));
  const allowed = new Set(parameters.flatMap((one) => one.enum ?? []).map((value) => String(value).toLowerCase()));
  const found: Record<string, JsonValue> = {};
  const take = (parameter: Parameter, value: JsonValue | undefined) => {
    if (value !== undefined && parameterError(parameter, value) === undefined) found[parameter.name] = value;
  };
  for (const parameter of parameters) {
    const { pattern, type, description = "" } = parameter;
    if (parameter.enum || (pattern !== undefined && !isQuick(pattern))) continue;
    const has = known[parameter.name];
    if (type === "array") {
      const row = rowIn(text, allowed, pattern);
      if (row && (!Array.isArray(has) || (row.length > has.length && has.every((one) => row.includes(String(one))))))
        take(parameter, row);
    } else if (has === undefined && type === "string") {
      if (REF.test(description)) take(parameter, refIn(text));
      else if (EMPHASIS.test(description)) {
        const [, after, before] = MOST.exec(text) ?? [];
        take(parameter, (after ?? before)?.trim());
      }
    }
  }
  const open = parameters.filter(
    ({ name: own, type, pattern, enum: chosen, description = "" }) =>
      type === "string" && !pattern && !chosen && !TOLD.test(description) && known[own] === undefined,
  );
  if (open.length === 1) take(open[0]!, onlyName(text, known));
  return found;
}

/** The longest row of names: "auth, cart and mailer". */
function rowIn(text: string, allowed: ReadonlySet<string>, pattern: string | undefined): string[] | undefined {
  const fits = pattern === undefined ? undefined : shapeOf(pattern, "u");
  const rows = [...text.matchAll(ROW)].map(([row]) => {
    const items = row.split(BETWEEN_ITEMS).map((item) => item.replace(/[._-]+$/, ""));
    const end = items.findIndex(
      (item) => NO_NAMES.test(item) || allowed.has(item.toLowerCase()) || fits?.test(item) === false,
    );
    return end < 0 ? items : items.slice(0, end);
  });
  const longest = rows.reduce<string[]>((best, row) => (row.length > best.length ? row : best), []);
  return longest.length >= 2 ? longest : undefined;
}

function refIn(text: string): string | undefined {
  for (const { 0: whole, 1: word } of text.matchAll(COMPARED)) {
    const ref = word!.replace(/[./-]+$/, "");
    if (isAddress(ref)) continue;
    if (/[./\d-]/.test(ref) || KNOWN_REF.test(ref) || /(?:branch|branche|tag|commit)\s+\S+$/iu.test(whole)) return ref;
  }
  return undefined;
}

/** The one word that looks like somebody's name for something. */
function onlyName(text: string, known: JsonObject): string | undefined {
  const used = new Set(Object.values(known).map(String));
  const names = textOf(text)
    .tokens.map((token) => token.text)
    .filter((word) => /-/.test(word) && isIdentifier(word) && !isAddress(word) && !used.has(word));
  const [first, ...others] = new Set(names);
  return others.length === 0 ? first : undefined;
}
