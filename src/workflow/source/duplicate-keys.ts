import { createScanner, type SyntaxKind } from "jsonc-parser";
import { type Document, isScalar, visit } from "yaml";

/*
 * Finds duplicate keys. The YAML library compares every key of a map with every other one, which takes minutes in a
 * large map. Here a set remembers the keys.
 */

/** Offsets of keys that their map already has. */
export function duplicatesIn(document: Document.Parsed): number[] {
  const found: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const { size } = keys;
        if (keys.add(key.value).size === size) found.push(key.range?.[0] ?? 0);
      }
    },
  });
  return found;
}

/** Token numbers of the JSON scanner. */
const OPEN = [1, 3] as readonly SyntaxKind[];
const CLOSE = [2, 4] as readonly SyntaxKind[];
const [OBJECT, COLON, TEXT, END] = [1, 6, 10, 17] as readonly SyntaxKind[];

/** Offsets of duplicate keys in a text that is valid JSON. Nesting depth does not matter, since nothing recurses. */
export function duplicatesInJson(text: string): number[] {
  const scanner = createScanner(text, true);
  const open: (Set<string> | undefined)[] = [];
  const found: number[] = [];
  let name = "";
  let offset = 0;
  for (let token = scanner.scan(); token !== END; token = scanner.scan()) {
    if (OPEN.includes(token)) open.push(token === OBJECT ? new Set() : undefined);
    else if (CLOSE.includes(token)) open.pop();
    else if (token === TEXT) {
      name = scanner.getTokenValue();
      offset = scanner.getTokenOffset();
    } else if (token === COLON) {
      const keys = open.at(-1)!;
      const { size } = keys;
      if (keys.add(name).size === size) found.push(offset);
    }
  }
  return found;
}
