import { expect, it } from "vitest";
import { toJson } from "../../src/workflow/source/to-json.ts";

it("toJson copies plain data, so that later changes do not affect the copy", () => {
  const value = { a: [1, { b: null }], c: "x", d: true };
  const { value: copy, problems } = toJson(value);
  (value.a[1] as { b: unknown }).b = 5;
  expect([copy, problems]).toEqual([{ a: [1, { b: null }], c: "x", d: true }, []]);
  expect(Object.is(toJson(-0).value, 0)).toBe(true);
  expect(toJson(Object.assign(Object.create(null), { a: 1 }))).toEqual({ value: { a: 1 }, problems: [] });
});

it("toJson refuses a value that grows too large by shared references", () => {
  let bomb: unknown = [];
  for (let i = 0; i < 30; i++) bomb = [bomb, bomb];
  expect(toJson(bomb).problems).toEqual([{ path: [], code: "too_large", message: "the value holds too much data" }]);
});
