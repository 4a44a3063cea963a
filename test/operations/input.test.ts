import { expect, test } from "vitest";
import { z } from "zod";
import { Json, JsonRecord } from "../../src/model/json.ts";
import { checkInput } from "../../src/operations/check-input.ts";

const schema = z.object({
  workflowId: z.string(),
  data: Json.optional(),
  context: JsonRecord.optional(),
  any: z.unknown().optional(),
});
const told = (given: unknown) => {
  const checked = checkInput(schema, given);
  return checked.ok ? [] : checked.error.map(({ at, message }) => `${at.field}: ${message}`);
};
const deep = () => JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`);

test("reports an argument named __proto__, constructor or toString as unknown", () => {
  for (const key of ["__proto__", "constructor", "toString"])
    expect(told(JSON.parse(`{"workflowId": "a", "${key}": {}}`))).toEqual([`${key}: unknown argument`]);
});

test("keeps a key named __proto__ in input data", () => {
  const given = JSON.parse('{"workflowId": "a", "data": {"__proto__": 1}, "context": {"__proto__": {"b": 2}}}');
  const checked = checkInput(schema, given);
  expect(checked.ok && JSON.stringify(checked.value)).toBe(JSON.stringify(given));
});

test("reports input that is nested too deeply once, with every other mistake", () => {
  expect(told({ workflowId: deep(), data: deep(), context: { a: deep() }, any: deep(), more: deep() })).toEqual([
    "workflowId: nested deeper than 200 levels",
    "data: nested deeper than 200 levels",
    "context: nested deeper than 200 levels",
    "any: nested deeper than 200 levels",
    "more: unknown argument",
  ]);
});
