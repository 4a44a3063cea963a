import { type RoutableTemplate, TEMPLATE_OF, WORKFLOW_TYPES } from "../model/routing.ts";
import type { Evidence } from "./classify.ts";
import { MATCH_WEIGHTS } from "./fitted/template-weights.ts";
import { isTelling, nameShape, nameWords } from "./parameters/names.ts";
import { type Extracted, readParameters } from "./parameters/read.ts";
import type { Reading } from "./text/reading.ts";
import { fold, stem, topicOf } from "./text/words.ts";

/** A template that a goal may ask to run, with all that speaks for and against it. */
export interface Candidate {
  readonly template: RoutableTemplate;
  readonly extracted: Extracted;
  readonly evidence: readonly (Evidence & { readonly match: Match })[];
  /** The goal asks for this template in so many words. It outweighs what the words say of workflow types. */
  readonly call?: Evidence;
}

const WEIGHT_OF_CALL = 6;
/** What asks for a template by its name: "run NAME", "start our NAME", "NAME workflow". */
const BEFORE_NAME = "(?:run|start|launch|execute|trigger|kick off|perform|use|do)(?: (?:the|a|an|our|my|another))? ";
const AFTER_NAME = "(?: (?:workflow|pipeline|template)|(?: please| now)?[ .!]*$)";

/** How a goal can match a template. The classifier knows the shipped templates by their words besides. */
type Match = "unlikely" | "named" | "named.partly" | "described" | "patterned" | "given";

/** Words of names that say only that it is a template. */
const EMPTY = new Set(["pipeline", "workflow", "template", "process", "flow", "new", "job", "run", "task"].map(stem));
const BEHIND_TYPES = new Set<string>([...WORKFLOW_TYPES, ...Object.values(TEMPLATE_OF)]);

/** The templates that a goal may ask to run. Those behind the workflow types are none. */
export function candidatesIn(reading: Reading, templates: readonly RoutableTemplate[]): Candidate[] {
  const own = templates.filter(({ name }) => !BEHIND_TYPES.has(name));
  const topics = own.map(({ description }) => topicOf(description ?? ""));
  const words = new Map<string, string>();
  for (const { words: all } of reading.sentences)
    for (const word of all)
      for (const part of [word.text, ...word.text.split(/[-_./]/)])
        if (part.length > 1) words.set(stem(part), word.text);
  const folded = reading.sentences.map(({ text }) => text).join(" ");
  return own.map((template, at): Candidate => {
    const extracted = readParameters(reading.text, template);
    const rare = [...topics[at]!].filter(
      (word) => topics.filter((topic) => topic.has(word)).length <= Math.max(1, own.length / 4),
    );
    return { template, extracted, ...evidenceFor(template, extracted, rare, words, folded) };
  });
}

function evidenceFor(
  { name, parameters = [] }: RoutableTemplate,
  { values, telling }: Extracted,
  rare: readonly string[],
  words: ReadonlyMap<string, string>,
  folded: string,
): Pick<Candidate, "evidence" | "call"> {
  const found: (Evidence & { match: Match })[] = [];
  const add = (match: Match, value: number, because: string) => {
    if (value > 0) found.push({ match, value, because, weights: { [name]: MATCH_WEIGHTS[match]! } });
  };
  add("unlikely", 1, "most goals are for no template");
  const all = [...new Set(nameWords(name).map((word) => stem(fold(word))))];
  const full = all.filter((word) => !EMPTY.has(word));
  const names = full.length > 0 ? full : all;
  const met = names.filter((word) => words.has(word));
  const shape = `(?<![\\p{L}\\p{N}])${nameShape(name)}(?![\\p{L}\\p{N}])`;
  const isWhole = new RegExp(shape, "u").test(folded);
  if (isWhole || met.length === names.length)
    add("named", isWhole ? 1 : 0.85, `${isWhole ? `"${name}"` : quoted(met, words)} names the template`);
  else add("named.partly", met.length / names.length, `${quoted(met, words)} is in the template's name`);
  const described = rare.filter((word) => !names.includes(word) && words.has(word));
  add(
    "described",
    Math.min(1, described.length / 4),
    `${quoted(described, words)} is what the template is described with`,
  );
  const patterned = parameters.filter(
    ({ pattern, required, name: one }) => required && isTelling(pattern) && telling.includes(one),
  );
  add(
    "patterned",
    patterned.length,
    `the goal holds ${patterned.map((one) => `${one.name}, ${JSON.stringify(values[one.name])}`).join(" and ")}`,
  );
  const given = Object.keys(values).filter((one) => !patterned.some((parameter) => parameter.name === one));
  add("given", Math.min(3, given.length), `the goal says ${given.join(", ")}`);
  const isCalled =
    new RegExp(`^(?:please )?${BEFORE_NAME}${shape}|^${shape}${AFTER_NAME}`, "u").test(folded) ||
    (met.length === names.length && patterned.length > 0);
  if (!isCalled) return { evidence: found };
  return {
    evidence: found,
    call: { value: 1, because: `the goal asks for ${name}`, weights: { [name]: WEIGHT_OF_CALL } },
  };
}

const quoted = (stems: readonly string[], words: ReadonlyMap<string, string>): string =>
  [...new Set(stems.map((one) => words.get(one)))]
    .slice(0, 4)
    .map((word) => `"${word}"`)
    .join(", ");
