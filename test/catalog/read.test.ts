import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCapability } from "../../src/catalog/read.ts";
import { scratch } from "../rig/baton.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string | Uint8Array, path = "/agents/one.md") =>
  readCapability(path, typeof text === "string" ? bytes(text) : text);
const codes = (text: string | Uint8Array) => read(text).findings.map(({ code }) => code);
const block = (lines: string, body = "# Body\n") => `---\n${lines}\n---\n${body}`;

describe("frontmatter in different forms", () => {
  test("reads frontmatter after a title, with tools as text and capabilities as words", () => {
    const reading = read(
      `# One Agent\n\n${block("name: one\ndescription: Leads\ntools: Read, Write, Bash(git add:*, git commit:*)\npriority: 1\ncapabilities: [planning, state_keeping]")}`,
    );
    expect(reading.capability).toMatchObject({
      kind: "agent",
      name: "one",
      description: "Leads",
      priority: 1,
      tags: ["planning", "state_keeping"],
      requestedTools: { mode: "list", allow: ["Read", "Write", "Bash(git add:*, git commit:*)"] },
    });
    expect(reading.findings).toMatchObject([{ code: "preamble", effect: "repaired", line: 3 }]);
    expect(reading.bodyLine).toBe(10);
  });

  test("reads capabilities with schemas, and leaves out invalid schemas", () => {
    const { capability, findings } = read(
      block(`name: "Two Things"
description: Does two
version: "1.10"
allowedTools: ["type_text"]
output_schema: { type: object, required: [done] }
capabilities:
  - id: do_this
    name: Do This
    description: This
    inputSchema: { type: object, properties: { n: { type: integer, minimum: 1, default: 2 } } }
    outputSchema: { type: array, maxItems: 3, uniqueItems: true }
  - id: elsewhere
    name: Elsewhere
    inputSchema: { $ref: "https://example.org/schema.json" }
  - { id: odd, name: Odd, outputSchema: { type: text } }`),
    );
    expect(capability).toMatchObject({
      slug: "two-things",
      version: "1.10",
      requestedTools: { mode: "list", allow: ["type_text"] },
      outputSchema: { type: "object", required: ["done"] },
      operations: [
        {
          id: "do_this",
          inputSchema: { properties: { n: { type: "integer", minimum: 1, default: 2 } } },
          outputSchema: { type: "array", maxItems: 3, uniqueItems: true },
        },
        { id: "elsewhere" },
        { id: "odd" },
      ],
    });
    expect(capability?.operations[1]).not.toHaveProperty("inputSchema");
    expect(findings.filter(({ code }) => code === "schema-refused").map(({ message }) => message)).toEqual([
      'the inputSchema of "elsewhere" refers to "https://example.org/schema.json"; Baton ignores it',
      'the outputSchema of "odd" has an unknown type "text"; Baton ignores it',
    ]);
  });

  test("keeps data inside a schema, and leaves out a schema with an external reference", () => {
    const { capability, findings } = read(
      block(
        "name: one\ndescription: x\noutputSchema: { type: object, default: { type: fancy }, enum: [{ type: odd }] }",
      ),
    );
    expect(capability?.outputSchema).toEqual({ type: "object", default: { type: "fancy" }, enum: [{ type: "odd" }] });
    expect(findings).toEqual([]);
    expect(read(block("name: one\ndescription: x\noutputSchema: { $ref: file:///etc/passwd }"))).toMatchObject({
      capability: expect.not.objectContaining({ outputSchema: expect.anything() }),
      findings: [{ code: "schema-refused", line: 4 }],
    });
  });

  test.each([
    ['triggers:\n  - "plan it"\n  - lead', { keywords: ["plan it", "lead"], filePatterns: [] }],
    ["triggers: { keywords: [a], file_patterns: ['*.ts'] }", { keywords: ["a"], filePatterns: ["*.ts"] }],
    ["when_to_use: When lost", { keywords: ["When lost"], text: "When lost" }],
  ])("reads triggers from %s", (lines, triggers) => {
    expect(read(block(`name: one\ndescription: x\n${lines}`)).capability?.triggers).toMatchObject(triggers);
  });

  test("takes a missing name from the file's path", () => {
    const named = (path: string) => read(block("description: x"), path).capability;
    expect(named("/a/.github/agents/lead.agent.md")).toMatchObject({ kind: "agent", name: "lead", nameSource: "path" });
    expect(named("/a/lead.chatmode.md")?.name).toBe("lead");
    expect(named("/a/skills/plan-it/SKILL.md")).toMatchObject({ kind: "skill", name: "plan-it" });
    expect(named("/SKILL.md")?.name).toBe("unnamed");
  });

  test("keeps scalars as they are written", () => {
    const { capability } = read(block("name: 014\ndescription: 2024-01-01\nversion: 1.10\nlicense: yes"));
    expect(capability).toMatchObject({ name: "014", description: "2024-01-01", version: "1.10", license: "yes" });
  });
});

describe("frontmatter that is repaired", () => {
  test.each([
    ["a colon", "name: one\ndescription: Context: use it when: lost\nmodel: opus", "Context: use it when: lost"],
    [
      "examples over several lines",
      "name: one\ndescription: Use it.\n<example>\nuser: 'help'\nassistant: \"yes\"\n</example>\nmodel: opus",
      "Use it. <example> user: 'help' assistant: \"yes\" </example>",
    ],
    ["a sign in front", "name: one\ndescription: @mention first\nmodel: opus", "@mention first"],
    ["a tab", "name: one\ndescription:\n\t- odd: {\nmodel: opus", "- odd: {"],
    ["a key twice", "name: one\ndescription: first\ndescription: second\nmodel: opus", "first"],
  ])("repairs frontmatter with %s, and reports the line", (_, lines, description) => {
    const { capability, mode, findings } = read(block(lines));
    expect(mode).toBe("repaired");
    expect(capability).toMatchObject({ name: "one", description, requestedModel: { alias: "opus" } });
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "yaml-repaired", effect: "repaired", line: expect.any(Number) }),
    );
  });

  test.each([
    ["never closed", "---\nname: one\ndescription: x\n\n# Title\n\ntext: more"],
    ["never closed, with a rule in the body", "---\nname: one\ndescription: x\n\n# Title\n\nThe text\n\n---\n\nmore"],
    ["closed by a long row of dashes", "---\nname: one\ndescription: x\n-------\nbody"],
  ])("reads and reports frontmatter that is %s", (_, text) => {
    expect(read(text).capability).toMatchObject({ name: "one", description: "x" });
    expect(codes(text)).toContain("unclosed");
  });

  test("reads frontmatter in a code fence or with indentation", () => {
    expect(read("```markdown\n---\nname: one\ndescription: x\n---\nbody\n```\n").capability?.name).toBe("one");
    expect(read("\n    ---\n    name: one\n    description: x\n    ---\n").capability?.name).toBe("one");
  });

  test("removes invisible characters from frontmatter", () => {
    const { capability, findings } = read(block('name: "one\\u001b[31m"\ndescription: "a\\u202Eb\\U000E0041c"'));
    expect(capability).toMatchObject({ name: "one[31m", description: "abc" });
    expect(findings.filter(({ code }) => code === "unseen-characters")).toHaveLength(2);
  });
});

describe("encodings and line ends", () => {
  const text = block("name: one\ndescription: äöü");
  test.each([
    ["CRLF", bytes(text.replaceAll("\n", "\r\n")), []],
    ["CR alone", bytes(text.replaceAll("\n", "\r")), []],
    ["a mark", bytes(`\uFEFF${text}`), []],
    ["two marks", bytes(`\uFEFF\uFEFF${text}`), []],
  ])("reads a file with %s", (_, given, found) => {
    const reading = read(given);
    expect(reading.capability).toMatchObject({ name: "one", description: "äöü" });
    expect(reading.findings.map(({ code }) => code)).toEqual(found);
    const body = new TextDecoder().decode(given.subarray(reading.bodyOffset));
    expect(body).toMatch(/^# Body/);
  });

  test("reads Latin-1 with replacements, and refuses UTF-16 by name", () => {
    const latin = Buffer.from(text, "latin1");
    expect(read(latin)).toMatchObject({ capability: { name: "one" }, findings: [{ code: "not-utf8", line: 3 }] });
    const wide = new Uint8Array([0xff, 0xfe, ...Buffer.from(text, "utf16le")]);
    expect(read(wide).capability).toBeUndefined();
    expect(read(wide).findings).toMatchObject([{ effect: "refused", message: "is UTF-16, not UTF-8" }]);
  });

  test("removes a NUL from frontmatter", () => {
    expect(read(block("name: one\ndescription: a\u0000b")).capability).toMatchObject({ description: "ab" });
  });
});

describe("frontmatter that would run code", () => {
  const marker = () => join(scratch(), "ran");
  test.each([
    "---js",
    "---javascript",
    "--- JS",
    "---\tjs",
    "--- javascript  ",
    "---coffee",
    "---toml",
    "---json",
    "---constructor",
    "---toString",
    "---__proto__",
    "# Title\n\n---js",
    "\uFEFF---js",
    "```\n---js",
  ])("refuses %j and runs no code", (fence) => {
    const file = marker();
    const text = `${fence}\n{ name: "x", description: require("node:fs").writeFileSync(${JSON.stringify(file)}, "") }\n---\n`;
    for (const given of [text, text.replaceAll("\n", "\r\n")]) {
      const reading = read(given);
      expect(reading.capability).toBeUndefined();
      expect(reading.findings).toMatchObject([{ code: "engine-directive", effect: "refused" }]);
    }
    expect(existsSync(file)).toBe(false);
  });

  test("reads a value with a YAML tag as text", () => {
    const reading = read(block('name: one\ndescription: !!js/function "function () { throw 1 }"'));
    expect(reading.capability?.description).toContain("function");
    expect(typeof reading.capability?.description).toBe("string");
  });
});

describe("hostile frontmatter", () => {
  test("does not expand YAML aliases", () => {
    const bomb = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}x]`).join("\n");
    const reading = read(block(`name: one\ndescription: x\na0: &a0 [lol]\n${bomb}`));
    expect(reading).toMatchObject({ mode: "repaired", capability: { name: "one" } });
    expect(JSON.stringify(reading).length).toBeLessThan(20_000);
    expect(read(block("name: one\ndescription: x\nloop: &a [*a]")).capability?.name).toBe("one");
  });

  test("reads frontmatter with a value that is nested too deeply", () => {
    const reading = read(block(`name: one\ndescription: x\ndeep: ${"[".repeat(20_000)}${"]".repeat(20_000)}`));
    expect(reading.mode).toBe("repaired");
    expect(reading.capability?.name).toBe("one");
  });

  test("a key named __proto__ pollutes no prototype", () => {
    const { capability } = read(
      block("name: one\ndescription: x\n__proto__: { polluted: yes }\nconstructor: { prototype: { polluted: yes } }"),
    );
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    expect(JSON.stringify(capability)).not.toContain("polluted");
  });

  test("refuses frontmatter with 120,000 blank lines or more than 64 kB", () => {
    expect(codes(block(`name: one${"\n".repeat(120_000)}description: x`))).toEqual(["block-too-large"]);
    expect(codes(block(`name: one\ndescription: ${"x".repeat(70_000)}`))).toEqual(["block-too-large"]);
    expect(codes("\n".repeat(120_000))).toEqual(["no-frontmatter"]);
  });

  test("reads the same text the same way twice", () => {
    for (const text of [block("name: one\ndescription: a: b"), "---js\n1\n---\n"])
      expect(read(text)).toEqual(read(text));
  });
});

describe("a file without a capability", () => {
  test.each([
    ["nothing", "", "no-frontmatter"],
    ["prose", "# Title\n\nSome text.\n", "no-frontmatter"],
    ["a sample in prose", "# How to\n\nWrite this:\n\n---\nname: sample\ndescription: x\n---\n", "no-frontmatter"],
    [
      "a sample in a code fence",
      "```\n---\nname: sample\ndescription: x\n---\n```\n\nThen more text.\n",
      "no-frontmatter",
    ],
    ["a rule", "# Title\n\n---\n\nText\n", "no-frontmatter"],
    ["neither name nor description", block("confidence: high"), "not-a-capability"],
    ["a list", block("- a\n- b"), "not-a-capability"],
  ])("registers no capability for %s", (_, text, code) => {
    expect(read(text).capability).toBeUndefined();
    expect(codes(text)).toContain(code);
  });
});
