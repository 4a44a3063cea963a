import { posix } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { absolutePath, pathInside } from "../../src/model/text/paths.ts";

const path = fc.array(fc.constantFrom("a", "b", "..", ".", "", ".a"), { maxLength: 5 }).map((parts) => parts.join("/"));
const absolute = path.map((text) => posix.resolve("/", text));

test("absolutePath resolves a path as the system does", () => {
  fc.assert(
    fc.property(absolute, path, (base, text) => {
      expect(absolutePath(base, text)).toBe(posix.resolve(base, text));
    }),
  );
});

test("pathInside gives the path from a directory to what lies in it", () => {
  fc.assert(
    fc.property(absolute, absolute, (directory, text) => {
      const inside = posix.relative(directory, text);
      expect(pathInside(directory, text)).toBe(inside.startsWith("..") ? undefined : inside);
    }),
  );
});
