import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonValue } from "../../src/model/workflow.ts";
import { claimedFiles, type SeenFiles, unchangedClaims } from "../../src/run/worker/claims.ts";

test.each<[JsonValue | undefined, string[]]>([
  [undefined, []],
  ["a.ts", []],
  [{ filesChanged: "a.ts" }, []],
  [{ filesChanged: ["a.ts", " a.ts ", "", 5, { path: "b.ts" }, { file: "c.ts" }, {}] }, ["a.ts", "b.ts", "c.ts"]],
  [{ filesChanged: ["new.ts (new)", "old.ts -> moved.ts", "x → y"] }, ["new.ts", "old.ts", "moved.ts", "x", "y"]],
])("the files that %j says were changed", (output, claimed) => {
  expect(claimedFiles(output)).toEqual(claimed);
});

const seen = (rest: Partial<SeenFiles> = {}): SeenFiles => ({
  ...{ top: "/p", changed: ["app/src/a.ts", "app/gone.ts"], missing: [], unseen: [] },
  ...rest,
});

test.each([
  ["src/a.ts", true],
  ["./src/a.ts", true],
  ["/p/app/src/a.ts", true],
  ["app/src/a.ts", true],
  ["gone.ts", true],
  ["src", true],
  ["src/*.ts", true],
  [".", true],
  ["src/b.ts", false],
  ["lib/*.ts", false],
  ["../outside.ts", false],
])("in the directory app, %s is a file that changed: %s", (claim, isTrue) => {
  expect(unchangedClaims([claim], seen(), "/p/app", false)).toEqual(isTrue ? [] : [claim]);
});

test("what no tree shows cannot be judged; with others at work, only what does not exist is wrong", () => {
  const files = seen({ missing: ["nowhere"], unseen: ["dist/out.js"] });
  const claims = ["src/a.ts", "src/b.ts", "nowhere", "dist/out.js"];
  expect(unchangedClaims(claims, files, "/p/app", false)).toEqual(["src/b.ts", "nowhere"]);
  expect(unchangedClaims(claims, files, "/p/app", true)).toEqual(["nowhere"]);
  expect(unchangedClaims(["."], seen({ changed: [] }), "/p/app", false)).toEqual(["."]);
});

test("a file that changed is never called unchanged", () => {
  const path = fc
    .array(fc.constantFrom("a", "b", ".c"), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.uniqueArray(path), fc.array(path), (changed, claims) => {
      const wrong = unchangedClaims(claims, seen({ changed }), "/p", false);
      for (const claim of wrong) expect(changed).not.toContain(claim);
      const isBelow = (claim: string) => changed.some((file) => file === claim || file.startsWith(`${claim}/`));
      for (const claim of claims) expect(wrong.includes(claim)).toBe(!isBelow(claim));
    }),
  );
});

test("what cannot be the name of a file is no claim, and only so many are compared", () => {
  const names = (...filesChanged: string[]) => claimedFiles({ filesChanged });
  expect(names(`a${" ".repeat(200_000)}b`, "c.ts")).toEqual(["c.ts"]);
  expect(names(Array.from({ length: 300 }, (_, n) => `f${n}`).join(" -> "))).toHaveLength(200);
});
