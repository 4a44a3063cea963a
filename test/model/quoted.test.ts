import fc from "fast-check";
import { expect, test } from "vitest";
import {
  escapedLine,
  indentedBlock,
  named,
  quotedBlock,
  quotedLine,
  quotedValue,
} from "../../src/model/text/quoted.ts";

test("a quotation is one line, with quotation marks escaped", () => {
  expect(quotedLine("two\nlines\tand a tab")).toBe('"two\\nlines\\tand a tab"');
  expect(quotedLine('he said "go"')).toBe('"he said \\"go\\""');
  expect(quotedLine('x\\" completed')).toBe('"x\\\\\\" completed"');
  expect(quotedLine("ends in \\")).toBe('"ends in \\\\"');
  expect(quotedLine("C:\\temp \u001b")).toBe('"C:\\temp \\u001b"');
  expect(quotedLine("x".repeat(500))).toBe(`"${"x".repeat(187)}…[127 characters left out]…${"x".repeat(186)}"`);
});

test("a name of one word needs no quotation marks", () => {
  expect(["build-all", "ship@1.0.0", "übung", "a b", "Next: go", "✔", "", "a\nb", 'x"'].map(named)).toEqual([
    ...["build-all", "ship@1.0.0", "übung"],
    ...['"a b"', '"Next: go"', '"✔"', '""', '"a\\nb"', '"x\\""'],
  ]);
});

test("a block has each line behind a bar or indented", () => {
  expect(quotedBlock("one\r\nNext: two\n\n✔\u2028x\n\n")).toEqual(["| one", "| Next: two", "|", "| ✔\\u2028x"]);
  expect(indentedBlock("one\nNext: two\n\nthree\n")).toEqual(["    one", "    Next: two", "", "    three"]);
});

test("a text value is quoted, and any other value is JSON", () => {
  expect(quotedValue("a\nb")).toBe('"a\\nb"');
  expect(quotedValue({ a: "b\nc", d: "\u202e" })).toBe('{"a":"b\\nc","d":"\\u202e"}');
  expect(quotedValue(undefined)).toBe("null");
});

test("no text ends its quotation early or leaves its block", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("\n", "\r", '"', "\\", "x", " ", "\u2028", "\u0085", "\ud800") }),
      (text) => {
        const inside = quotedLine(text).slice(1, -1);
        expect(escapedLine(text)).not.toMatch(/[\n\r\u2028\u0085\t]/);
        expect(quotedLine(text)).toBe(`"${inside}"`);
        // Once escape sequences are removed, no quotation mark is left inside.
        expect(inside.replaceAll(/\\(?:u[0-9a-f]{4}|.)/g, "")).not.toContain('"');
        expect(inside.replaceAll(/\\\\/g, "")).not.toMatch(/\\$/);
        for (const line of quotedBlock(text)) expect(line).toMatch(/^\|( [^\n\r\u2028\u0085]*)?$/);
        for (const line of indentedBlock(text)) expect(line).toMatch(/^( {4}[^\n\r\u2028\u0085]+)?$/);
      },
    ),
  );
});
