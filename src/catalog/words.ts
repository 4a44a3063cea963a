import type { CapabilityRecord } from "../model/capability.ts";
import type { SearchField } from "../model/contracts/catalog.ts";

/** Stop words: they say nothing about what a capability does. */
const COMMON = new Set(
  `a an and are as at be by can do for from has have how i if in into is it its me my need of on or our please should some that the
  their them then this to use used uses using want we what when which who will with you your`.split(/\s+/),
);

/** The lower-case words of a text, in order, without stop words. */
export function wordsOf(text: string): string[] {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}+#]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word) && !COMMON.has(word));
}

/** The parts of a record that are looked through, the strongest first, and what a word is worth there. */
export const FIELDS: readonly SearchField[] = ["name", "operations", "tags", "triggers", "description"];
export const WEIGHTS: Readonly<Record<SearchField, number>> = {
  name: 4,
  operations: 3,
  tags: 3,
  triggers: 3,
  description: 1,
};

/** The texts of a part, each of which a whole need may be. */
export function textsIn(record: CapabilityRecord, field: SearchField): string[] {
  switch (field) {
    case "name":
      return [record.name];
    case "operations":
      return record.operations.flatMap(({ id, name }) => [id, name]);
    case "tags":
      return record.tags;
    case "triggers":
      return [...record.triggers.keywords, ...(record.triggers.text === undefined ? [] : [record.triggers.text])];
    case "description":
      return [record.description];
  }
}

/** Tells whether the catalog may propose a record: it is neither shadowed nor hidden. */
export const isOffered = ({ shadowedBy, flags }: CapabilityRecord): boolean =>
  shadowedBy === undefined && !flags.hidden;
