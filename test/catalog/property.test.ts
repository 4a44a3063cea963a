import fc from "fast-check";
import { expect, test } from "vitest";
import { readCapability } from "../../src/catalog/read.ts";
import { RecordReading } from "../../src/model/capability.ts";
import { runs } from "../rig/rules/runs.ts";

const pieces = fc.constantFrom(
  ...[
    "---",
    "---js",
    "----",
    "name: x",
    "description: y",
    "description: >-",
    "  text",
    "tools: *",
    "a: &a [*a]",
    "- item",
    "{",
    "}",
  ],
  ...[
    "[",
    "]",
    "'",
    '"',
    "#",
    "# H1",
    "## H2",
    "<!--",
    "-->",
    "```",
    "\t",
    " ",
    ":",
    ": ",
    "\u0000",
    "\uFEFF",
    "\u2028",
    "__proto__: {a: 1}",
  ],
  ...[
    "capabilities:\n  - id: a\n    inputSchema: {$ref: x}",
    "priority: 1e999",
    "model: [a]",
    "!!js/function 1",
    "? a",
    "%YAML 1.2",
    "...",
    "|",
    ">",
  ],
);

const text = fc.array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string({ unit: "binary" })), { maxLength: 30 });

test("any bytes give a reading that can be stored as JSON", () => {
  const given = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    text.map((parts) => new TextEncoder().encode(parts.join("\n"))),
    text.map((parts) => new TextEncoder().encode(`---\n${parts.join("\n")}\n---\nbody`)),
    text.map((parts) => Uint8Array.from(Buffer.from(`---\r\nname: ${parts.join(" ")}`, "latin1"))),
  );
  fc.assert(
    fc.property(
      given,
      fc.constantFrom("/a/SKILL.md", "/SKILL.md", "/a/b.agent.md", "/.md", "/a/\n.md"),
      (bytes, path) => {
        const reading = readCapability(path, bytes);
        expect(RecordReading.parse(JSON.parse(JSON.stringify(reading)))).toEqual(JSON.parse(JSON.stringify(reading)));
        expect(reading.bodyOffset).toBeLessThanOrEqual(bytes.length);
        if (!reading.capability) expect(reading.findings.some(({ effect }) => effect === "refused")).toBe(true);
        else expect(reading.capability.name).not.toMatch(/[\p{Cc}]/u);
      },
    ),
    { numRuns: runs(2_000) },
  );
});
