import { describe, expect, test } from "vitest";
import { isTooDeep, Json, JsonRecord, MAX_LEVELS } from "../../src/model/json.ts";

const nested = (levels: number, inside: unknown = 1): unknown => {
  let value = inside;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};
const faults = (schema: typeof Json | typeof JsonRecord, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message);

describe("plain data", () => {
  test("plain data keeps every key, and changes no prototype", () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "a": [{"__proto__": null}]}');
    for (const schema of [Json, JsonRecord]) {
      const read = schema.parse(value);
      expect(JSON.stringify(read)).toBe(JSON.stringify(value));
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    }
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test.each([1, 2])("refuses data that is nested too deeply, by %i more levels", (more) => {
    expect(faults(Json, nested(MAX_LEVELS))).toBeUndefined();
    expect(isTooDeep(nested(MAX_LEVELS))).toBe(false);
    expect(faults(Json, nested(MAX_LEVELS + more))).toEqual(["nested deeper than 200 levels"]);
    expect(isTooDeep(nested(100_000))).toBe(true);
    expect(faults(JsonRecord, { a: nested(100_000) })).toEqual(["nested deeper than 200 levels"]);
  });

  test.each([
    [Number.POSITIVE_INFINITY, "contains a number that JSON cannot represent"],
    [{ a: [Number.NaN] }, "contains a number that JSON cannot represent"],
    [[undefined], "must be plain JSON data"],
    [{ a: 1n }, "must be plain JSON data"],
    [{ a: new Date(0) }, "must be plain JSON data"],
    [undefined, "must be plain JSON data"],
  ])("refuses %o as plain data", (value, message) => expect(faults(Json, value)).toEqual([message]));

  test.each([[[]], [null], ["a"], [undefined]])("refuses %o as a record", (value) =>
    expect(faults(JsonRecord, value)).toEqual(["must be an object"]),
  );
});
