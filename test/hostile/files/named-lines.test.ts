import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputLines } from "../../../src/engine/steps/output-lines.ts";
import { runs } from "../../rig/rules/runs.ts";

/** The named outputs, by a simple parser that has the whole text. */
function plainly(text: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  for (const line of text.split("\n")) {
    const [, name, value] = /^::output ([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/s.exec(line.replace(/\r$/, "")) ?? [];
    if (name !== undefined) found[name] = value!;
  }
  return found;
}

test("OutputLines finds the same ::output values however the bytes are split", () => {
  const word = fc.constantFrom(
    "::output ",
    "a=",
    "b",
    "=",
    "1",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "ä☃",
    "__proto__=x",
    "::out",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.array(fc.nat(12), { minLength: 1 }), (words, sizes) => {
      const text = words.join("");
      const bytes = Buffer.from(text);
      const lines = new OutputLines(1_000);
      for (let at = 0, part = 0; at < bytes.length; part++) {
        const end = at + 1 + sizes[part % sizes.length]!;
        // The reader reuses its buffer, so the piece is overwritten after the push.
        const piece = Buffer.from(bytes.subarray(at, end));
        lines.push(piece);
        piece.fill(0);
        at = end;
      }
      expect(lines.finish()).toEqual(plainly(text));
    }),
    { numRuns: runs(500) },
  );
});

test("the last ::output value of a name counts, after any number of earlier ones", () => {
  const lines = new OutputLines(1_000);
  const piece = Buffer.from(`::output a=${"x".repeat(900)}\n`.repeat(64));
  for (let taken = 0; taken < 3_000; taken++) lines.push(piece);
  lines.push(Buffer.from("::output a=last"));
  expect(lines.tooLarge).toBe(false);
  expect(lines.finish()).toEqual({ a: "last" });
});

test("::output names and values above the limit set tooLarge at once", () => {
  const endless = new OutputLines(1_000);
  endless.push(Buffer.from("::output a="));
  const more = Buffer.alloc(100, "x");
  for (let taken = 0; taken < 10; taken++) {
    expect(endless.tooLarge).toBe(false);
    endless.push(more);
  }
  expect(endless.tooLarge).toBe(true);
  const many = new OutputLines(1_000);
  for (let n = 0; n < 1_000; n++) many.push(Buffer.from(`::output n${n}=x\n`));
  expect(many.tooLarge).toBe(true);
});

test("an endless line that is no ::output is skipped, and later ::output lines count", () => {
  for (const beginning of ["x", "::output ", "::output a b=", "::outpu"]) {
    const lines = new OutputLines(1_000);
    lines.push(Buffer.from(beginning));
    for (let taken = 0; taken < 1_000; taken++) lines.push(Buffer.alloc(64 * 1024, "y"));
    lines.push(Buffer.from("\n::output a=1\n"));
    expect(lines.tooLarge).toBe(false);
    expect(lines.finish()).toEqual({ a: "1" });
  }
});
