import { type RoutableTemplate, TEMPLATE_OF, WORKFLOW_TYPES } from "../model/routing.ts";
import type { Evidence, Heard } from "./evidence.ts";
import { type Extracted, extractParameters } from "./extract.ts";
import { meaningOf } from "./glossary.ts";
import { nameWords } from "./names.ts";
import { isTelling } from "./patterns.ts";
import type { Reading } from "./reading.ts";
import { OF_TEMPLATES } from "./weights.ts";
import { fold, stem, topicOf, type Word } from "./words.ts";

/** Words of names that say only that it is a template. */
const EMPTY = new Set(["pipeline", "workflow", "template", "process", "flow", "new", "job", "run", "task"].map(stem));

export interface Candidate {
  readonly template: RoutableTemplate;
  readonly extracted: Extracted;
  readonly evidence: readonly Evidence[];
}

const shipped = new Set<string>([...WORKFLOW_TYPES, ...Object.values(TEMPLATE_OF)]);

/** Templates that a goal may ask to run, each with what speaks for and against it. Those that the workflow types run from are none. */
export function candidatesIn(reading: Reading, heard: Heard, templates: readonly RoutableTemplate[]): Candidate[] {
  const own = templates.filter(({ name }) => !shipped.has(name));
  const topics = own.map(({ description }) => topicOf(description ?? ""));
  const words = reading.sentences.flatMap((sentence) => sentence.words.flatMap(parts));
  const folded = reading.sentences.map(({ text }) => text).join(" ");
  return own.map((template, at): Candidate => {
    const extracted = extractParameters(reading.text, template);
    const rare = [...topics[at]!].filter(
      (word) => topics.filter((topic) => topic.has(word)).length <= Math.max(1, own.length / 4),
    );
    return { template, extracted, evidence: evidenceFor(template, extracted, rare, { words, folded, heard, reading }) };
  });
}

interface Goal {
  readonly words: readonly Word[];
  readonly folded: string;
  readonly heard: Heard;
  readonly reading: Reading;
}

function evidenceFor(
  template: RoutableTemplate,
  extracted: Extracted,
  rare: readonly string[],
  goal: Goal,
): Evidence[] {
  const { words, folded, heard, reading } = goal;
  const { name } = template;
  const found: Evidence[] = [];
  const add = (kind: string, value: number, because: string) => {
    if (value > 0) found.push({ name: `template.${kind}`, value, because, weights: { [name]: OF_TEMPLATES[kind]! } });
  };
  add("unlikely", 1, "most goals are for no template");
  const names = [...new Set(nameWords(name).map(stem))];
  const full = names.filter((word) => !EMPTY.has(word));
  const weighed = full.length > 0 ? full : names;
  const meant = weighed.flatMap((word) => meaningOf(word, words, folded) ?? []);
  const literally = new RegExp(
    `(?<![\\p{L}\\p{N}])${nameWords(name)
      .map((word) => word.replace(/[^\p{L}\p{N}]/gu, ""))
      .join("[\\s_/-]*")}(?![\\p{L}\\p{N}])`,
    "u",
  ).test(folded);
  const share = meant.length / weighed.length;
  if (literally || share === 1)
    add("named", literally ? 1 : 0.85, `${literally ? `"${name}"` : quoted(meant)} names the template`);
  else add("named.partly", share, `${quoted(meant)} is in the template's name`);
  const described = rare.flatMap((word) => (weighed.includes(word) ? [] : (meaningOf(word, words, folded) ?? [])));
  add(
    "described",
    Math.min(1, new Set(described).size / 4),
    `${quoted(described)} is what the template is described with`,
  );
  const patterned = (template.parameters ?? []).filter(
    ({ pattern, required, name: parameter }) => required && isTelling(pattern) && extracted.telling.includes(parameter),
  );
  add(
    "patterned",
    patterned.length,
    `the goal holds ${patterned.map((one) => `${one.name}, ${JSON.stringify(extracted.values[one.name])}`).join(" and ")}`,
  );
  const given = Object.keys(extracted.values).filter((one) => !patterned.some((parameter) => parameter.name === one));
  add("given", Math.min(3, given.length), `the goal says ${given.join(", ")}`);
  const known = literally || share > 0 || described.length > 0;
  const lead = heard.sightings.find(({ place }) => place === "lead");
  const runs = heard.sightings.some(
    ({ idea, place }) => idea === "operate" && (place === "lead" || place === "title" || place === "plain"),
  );
  add("run", known && runs ? 1 : 0, "the goal asks to run something");
  const changes = lead !== undefined && ["repair", "tweak", "create", "rework", "build"].includes(lead.idea);
  const inName =
    lead !== undefined &&
    (weighed.includes(stem(lead.word)) || meant.includes(lead.word) || described.includes(lead.word));
  const operates = heard.sightings.some(({ idea, place }) => idea === "operate" && place === "lead");
  const making = heard.sightings.some(
    ({ idea, place }) => (idea === "part" || idea === "slight") && (place === "object" || place === "head"),
  );
  add(
    "changed",
    (changes && !inName && !operates ? 1 : 0) + (making && changes ? 0.5 : 0),
    `"${lead?.word}" asks for a change, not for a run`,
  );
  const faulty =
    heard.sightings.some(({ idea, place }) => idea === "slight" && place !== "body") ||
    reading.trace ||
    heard.traits.some((trait) => trait.name === "exact");
  add("faulty", faulty && !literally && patterned.length === 0 ? 1 : 0, "the goal is about something in particular");
  return found;
}

const quoted = (words: readonly string[]): string =>
  [...new Set(words)]
    .slice(0, 4)
    .map((word) => `"${word}"`)
    .join(", ");

/** "ci/cd" and "micro-services" are also their parts. */
function parts(word: Word): Word[] {
  const pieces = word.text.split(/[-_./]/).filter((piece) => piece.length > 1);
  return pieces.length > 1 ? [word, ...pieces.map((text) => ({ text: fold(text), stem: stem(text) }))] : [word];
}
