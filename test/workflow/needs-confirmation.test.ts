import { expect, test } from "vitest";
import type { Parameter } from "../../src/model/workflow.ts";
import { valuesToConfirm } from "../../src/workflow/schema/needs-confirmation.ts";

const place: Parameter = { name: "place", type: "string", required: false, default: "here", confirm: ["there", "far"] };
const places: Parameter = { name: "places", type: "array", required: true, confirm: ["there"] };
const count: Parameter = { name: "count", type: "integer", required: true, confirm: [0] };

test.each<[string | undefined, Parameter[], object]>([
  ["place is far", [place], { place: "far" }],
  [undefined, [place], { place: "near" }],
  [undefined, [place], {}],
  ["place is there", [{ ...place, default: "there" }], {}],
  ["places has there", [places], { places: ["here", "there"] }],
  ["places has there", [places], { places: '["there"]' }],
  [undefined, [places], {}],
  ["place is far, count is 0", [place, count], { place: "far", count: 0 }],
  [undefined, [{ name: "free", type: "string", required: true }], { free: "there" }],
])("valuesToConfirm gives %s for the parameters %j with the values %j", (why, declared, given) => {
  expect(valuesToConfirm(declared, given as never)).toBe(why);
});
