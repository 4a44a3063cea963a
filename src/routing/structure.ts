import type { Idea } from "./cues.ts";
import { kept } from "./kept.ts";
import type { Reading } from "./reading.ts";
import { type Sighting, sightingsIn } from "./scan.ts";
import { looksOf } from "./surface.ts";
import { fold, lengthOf, wordsIn } from "./words.ts";

/** What the form of a goal tells, whatever its words are. */
export interface Trait {
  readonly name: string;
  readonly value: number;
  readonly says: string;
}

const WANTED: ReadonlySet<Idea> = new Set(["repair", "tweak", "create", "build", "rework", "operate"]);
const COMPANIONS =
  /\b(tests?|specs?|docs?|documentation|it|them|this|that|changelog|callers|usages|references|imports|same)\b/;
const FROM_TO =
  /\bfrom \S+(?: \S+)? to \S|\bto v?\d[\w.]*|->|→|\binstead of\b|\bstatt\b|au lieu|\ben vez\b|\bem vez\b|invece|in plaats|zamiast|вместо|改成|改为|から.*に|\b(?:is|was|says|shows|returns?) .{1,40}\b(?:should|not)\b|\bshould (?:be|say|return|just|go|stay|use)\b|\bsollte\b/;
/** A sentence that begins with something known tells of its state, and that is mostly a fault. */
const STATED = new Set(
  "the our this my when after if on since de het der die das le la les el los o os il lo i gli beim wenn quand cuando quando wanneer gdy когда при".split(
    " ",
  ),
);
/** How something is added that has nothing to do with what was said before. */
const ADDITION =
  /(?:^|[.!?;,:—–-]\s*|\n\s*|\band\s+)(?:and\s+|oh,?\s+)*(?:also|besides(?: that)?|apart from th\p{L}+|oh and|unrelated\p{L}*|separately|independently|another thing|second(?:ly)?,|third(?:ly)?,|plus|p\.?s\.?:?|additionally|in addition|furthermore|moreover|on top of that|btw|by the way|while (?:you|we|i)(?:'re| are|'m| am)?\b|when you(?:'re| are)? (?:at it|done|there)|then (?:please|separately|a separate)|as a separate|a separate thing|as well as|au(?:ss|ß)erdem|zudem|(?:et|y|e) (?:aussi|también|tambien|anche|também)|ensuite|además|inoltre|ponadto|oraz|также|ayrıca)(?=[\s,.:])/gimu;
const TICKETS = /(?:#\d+|\b[A-Z]{2,8}-\d+)/g;

/** The tasks that a goal names: its list, or sentences and clauses that each ask for something of their own. */
export function tasksIn(reading: Reading): { readonly tasks: readonly string[]; readonly how: "list" | "clauses" } {
  if (reading.items.length >= 2) return { tasks: reading.items, how: "list" };
  const body = reading.text
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  const sentences = body
    .flatMap((line) => line.split(/(?<=[.!?])\s+|(?<=[。！？])/u))
    .filter((one) => /\p{L}/u.test(one));
  const asking = sentences.filter((sentence) => asksIn(sentence) && !refersBack(sentence));
  if (asking.length >= 2 && asking.length >= sentences.length - 1)
    return { tasks: asking.map(trimmed), how: "clauses" };
  const clauses = sentences.flatMap(clausesIn);
  return clauses.length >= 2 ? { tasks: clauses, how: "clauses" } : { tasks: [], how: "clauses" };
}

export const asksIn = kept((text: string): boolean => leadOf(text) !== undefined, 1000);
const refersBack = (text: string): boolean =>
  /^\W*(it|this|that|they|these|there|users?|currently|right now|expected|actual)\b/i.test(text);
export const trimmed = (text: string): string =>
  text
    .trim()
    .replace(/^(?:and\s+)?while (?:you're|you are|we're|we are) (?:at it|there)\W*(?:\([^)]*\)\s*)?/iu, "")
    .replace(/^(?:and|also|then|und|et|y|e|en|i|и|ve|please|bitte)\s+/iu, "")
    .replace(/[.,;。、，\s]+$/u, "");

/** The verb that a clause begins with, or nearly. Languages that put it last are read by their last words. */
function leadOf(clause: string): Sighting | undefined {
  const words = wordsIn(fold(clause)).slice(0, 40);
  const foreign = /[^\p{Script=Latin}\p{N}\p{P}\p{S}\s]/u.test(clause);
  return sightingsIn({ text: fold(clause), words }, true).find(
    ({ idea, place, at }) => place === "lead" && WANTED.has(idea) && (foreign || at <= 3 || at >= words.length - 2),
  );
}

/** "Fix x, add y and update z": pieces between commas and conjunctions, where each has a verb of its own and is about something else. */
function clausesIn(sentence: string): string[] {
  const after = /^[^:：,]{1,40}[:：]\s*(.+)$/su.exec(sentence)?.[1];
  if (after !== undefined && clausesIn(after).length >= 2) return clausesIn(after);
  const pieces = sentence
    .split(
      /\s*[,;、，]\s*(?:(?:and|also|then|und|et|y|e|en|i|oraz|и|ve)\s+)?|\s+(?:and then|and also|and|und|et|y|e|en|i|oraz|и|ve|plus)\s+|(?<=[了を])并|同时/iu,
    )
    .map(trimmed)
    .filter((piece) => piece !== "");
  const clauses: string[] = [];
  for (const piece of pieces) {
    const own = asksIn(piece) && wordsIn(piece).length >= 2 && !COMPANIONS.test(fold(piece));
    if (own || clauses.length === 0) clauses.push(piece);
    else clauses[clauses.length - 1] += `, ${piece}`;
  }
  return clauses.length >= 2 && asksIn(clauses[0]!) ? clauses : [];
}

const PRECISE = new Set([
  "names.file",
  "names.code",
  "literal.code",
  "literal.text",
  "numbers",
  "version",
  "flag",
  "line",
  "commit",
  "odd",
]);
/** What somebody does who shows how a fault comes about. */
const ACTS =
  /^\W*(?:open|go to|click|tap|press|log ?in|sign in|launch|start|navigate|visit|enter|select|scroll|drag|hold|resize|turn|plug|connect|tried|type|choose|zoom|pinch|upload|wait)\b/i;
const EVENTS = new Set(["finite", "states", "circumstance"]);
const SIZES = ["slight", "product", "whole", "part"] as const;
const piecesIn = (text: string): string[] => text.replace(/^[^:]{1,40}:\s/, "").split(/\s*[,;、，]\s*(?:and\s+)?/u);
const hasFault = kept(
  (text: string): boolean =>
    sightingsIn({ text: fold(text), words: wordsIn(fold(text)).slice(0, 40) }, true).some(
      ({ idea }) => idea === "fault" || idea === "repair",
    ),
  1000,
);
const share = (all: readonly string[], is: (one: string) => boolean): number =>
  all.length === 0 ? 0 : all.filter(is).length / all.length;
const between = (value: number, least: number, most: number): boolean => value >= least && value <= most;

export function traitsOf(reading: Reading, sightings: readonly Sighting[]): Trait[] {
  const traits: Trait[] = [];
  const add = (name: string, value: number | boolean, says: string) => {
    if (Number(value) > 0) traits.push({ name, value: Number(value), says });
  };
  const looks = looksOf(reading, sightings);
  const { tasks, how } = tasksIn(reading);
  const count = tasks.length;
  const has = (idea: Idea, ...places: string[]) =>
    sightings.some((one) => one.idea === idea && (places.length === 0 || places.includes(one.place)));
  const hasWhole = (...places: string[]) => has("whole", ...places) || has("product", ...places);
  const vast = has("large") || has("like");
  const ofWhole =
    reading.items.length > 0 &&
    /\b(platform|system|product|vision|scope|suite|epic|app|portal|marketplace|saas|mvp|from scratch|modules)\b/.test(
      fold(`${reading.tag ?? ""} ${reading.lead}`),
    );
  const acts =
    ACTS.test(reading.items[0] ?? "") &&
    reading.items.filter((item) => ACTS.test(item)).length * 2 >= reading.items.length;
  const back =
    reading.items.slice(1).some((item) => /^\W*(?:\w+\s+){0,2}(?:it|its|them|this|that|they)\b/i.test(item)) &&
    reading.items.length === 2;
  add("list.acts", acts, "lists what somebody did");
  add("list.back", back, "goes on about the same thing");
  const titled = reading.items.length >= 2 && reading.lead.trim() !== "" && reading.sort === "plain" && !acts;
  add("list.titled", titled, `lists what belongs to ${JSON.stringify(reading.lead.trim().slice(0, 40))}`);
  add(
    "list.titled.vast",
    titled && hasWhole("lead", "head", "object", "plain", "title"),
    "lists what belongs to a product",
  );
  const isTasks = !acts && !back && reading.sort !== "repro" && reading.sort !== "criteria" && !ofWhole;
  if (how === "list" && isTasks) add(count === 2 ? "list.two" : "list.more", 1, `lists ${count} items`);
  if (how === "list" && !isTasks)
    add(
      `list.${ofWhole ? "parts" : reading.sort}`,
      1,
      ofWhole
        ? `lists ${count} parts of one thing`
        : reading.sort === "repro"
          ? "lists steps to reproduce"
          : "lists what one thing must do",
    );
  add("list.faults", how === "list" && isTasks ? share(tasks, hasFault) : 0, "lists faults");
  add(
    "list.terse",
    how === "list" && isTasks ? share(tasks, (task) => lengthOf(task) <= 6) : 0,
    "lists things tersely",
  );
  const asked = tasks.filter(asksIn).length;
  if (how === "list" && isTasks) add("list.verbs", asked / count, `${asked} of them ask for something of their own`);
  if (how === "clauses")
    add(count === 2 ? "clauses.two" : "clauses.more", count >= 2, `asks for ${count} different things`);
  const additions = (fold(reading.text).match(ADDITION) ?? []).length;
  add("addition", additions >= 1, "adds something to what was said");
  add("addition.more", additions >= 2, `adds ${additions} things to what was said`);
  const pieces = reading.sentences.length <= 2 ? piecesIn(reading.sentences.map(({ text }) => text).join(", ")) : [];
  const faulty = pieces.filter(hasFault).length;
  add("pieces.faults", pieces.length >= 3 && faulty >= 2, `names ${faulty} faults in a row`);
  add(
    "pieces.even",
    pieces.length >= 3 && pieces.every((piece) => between(lengthOf(piece), 2, 9)),
    "names things in a row",
  );
  const stories = reading.text.match(/^as an? \p{L}+/gimu) ?? [];
  add("stories", stories.length >= 2, `tells ${stories.length} stories`);
  const tickets = new Set(reading.text.match(TICKETS) ?? []).size;
  add("tickets", tickets >= 2, `names ${tickets} tickets`);
  const enumerated = Math.max(0, ...reading.sentences.map(({ text }) => (text.match(/[,、，]/g) ?? []).length));
  add("enumeration", Math.min(1, Math.max(0, enumerated - 2) / 4), `enumerates ${enumerated + 1} things`);
  add(
    "enumeration.vast",
    vast || hasWhole() ? Math.min(1, enumerated / 4) : 0,
    `enumerates ${enumerated + 1} parts of something large`,
  );
  add("whole.built", hasWhole("head", "object", "plain") && has("build", "lead"), "builds a whole product");
  add("whole.created", hasWhole("head", "object") && has("create", "lead"), "creates a whole product");
  add("rework.vast", has("rework", "lead") && has("large", "head", "object", "plain"), "reworks something large");
  add("whole.vast", hasWhole("head", "object", "plain") && vast, "is a large product");
  add("whole.wished", has("wish") && hasWhole("head", "object", "plain"), "wishes for a whole product");
  add("slight.created", has("create", "lead") && has("slight", "head", "object"), "adds a small thing");
  add("slight.wanted", !has("create", "lead") && has("slight", "head", "object", "plain"), "is about a small thing");
  add("trace", reading.trace, "holds an error's trace");
  add("question", /[?？]\s*$/m.test(reading.text), "is a question");
  add("names", Math.min(1, reading.names.length / 2), `names ${reading.names.slice(0, 2).join(", ")}`);
  add("exact", FROM_TO.test(fold(reading.text)), "says what it is and what it should be");
  add("short", reading.words <= 8, "is short");
  add("long", Math.min(1, Math.max(0, reading.words - 40) / 80), `has ${reading.words} words`);
  const told = sightings.some(({ place }) => place === "lead");
  const opening = reading.sentences[0]?.words[0]?.text ?? "";
  add("statement", !told && !has("wish") && !hasWhole("plain") && STATED.has(opening), "states how something is");
  add("unasked", !told, "has no verb that asks");
  const lead = sightings.find(({ place }) => place === "lead");
  const sizes = new Set(sightings.filter(({ place }) => place === "head").map(({ idea }) => idea));
  const size = SIZES.find((idea) => sizes.has(idea)) ?? "other";
  const precise = looks.some(({ name }) => PRECISE.has(name));
  const extents = (["wide", "large", "little", "fault"] as const).filter((idea) => has(idea));
  if (lead) {
    for (const extent of extents) add(`${lead.idea}+${extent}`, 1, `asks "${lead.word}" of something ${extent}`);
    add(`${lead.idea}+precise`, precise, `asks "${lead.word}" of something named`);
    add(`${lead.idea}+unnamed`, !precise, `asks "${lead.word}" of nothing named`);
  } else {
    add("told+precise", precise, "tells of something named");
    add("told+product", has("product"), "tells of a product");
    add("told+fault", has("fault") && !has("wish"), "tells of a fault");
    const event = looks.some(({ name }) => EVENTS.has(name));
    const hopes = has("wish") || has("planning") || has("explore");
    add("told+event", event && !hopes, "tells of something that happens");
    add(
      "told+nothing",
      !event && !has("fault") && !has("wish") && !has("expected"),
      "tells of neither a fault nor a wish",
    );
    add("told+event+quiet", event && !hopes && !has("fault"), "tells of something that happens, and calls it no fault");
    add("told+noun", !event && !has("fault") && !hopes, "only names something");
    add("told+product+noun", !event && has("product") && reading.words <= 12, "only names a product");
    add("told+part", !event && has("part") && !has("fault") && !has("product"), "tells of a part");
  }
  if (lead)
    add(`${lead.idea}+${size}`, 1, `asks "${lead.word}" of ${size === "other" ? "something" : `something ${size}`}`);
  return [...traits, ...looks.filter(({ name }) => name !== "thing" || !looks.some((other) => EVENTS.has(other.name)))];
}
