import fc from "fast-check";
import { expect, test } from "vitest";
import { TOOL_NAMES } from "../../src/operations/operation.ts";
import { inHostWords, toolsInHostWords } from "../../src/operations/tool-words.ts";

const tool = fc.constantFrom(...TOOL_NAMES);
const prefix = fc.constantFrom("mcp__baton__", "mcp__plugin_baton_baton__", "baton__");

test("calls and tools of any host become those of the host at hand", () => {
  const text =
    'Call `handoff {action: "fail"}` or mcp__plugin_baton_baton__handoff; a handoff is no call, nor is my_handoff {x}.';
  expect(inHostWords(text, "baton__")).toBe(
    'Call `baton__handoff {action: "fail"}` or baton__handoff; a handoff is no call, nor is my_handoff {x}.',
  );
  expect(inHostWords(text, undefined)).toBe(text);
});

test("a list names each tool once", () => {
  const asked = ["Read", "mcp__baton__handoff", "mcp__plugin_baton_baton__handoff", "mcp__other__handoff"];
  expect(toolsInHostWords(asked, "baton__")).toEqual(["Read", "baton__handoff", "mcp__other__handoff"]);
  expect(toolsInHostWords(asked, undefined)).toEqual(asked);
});

test("every tool is named as the host calls it, whatever host the text was written for, and twice is as once", () => {
  fc.assert(
    fc.property(tool, prefix, prefix, (name, from, to) => {
      const shown = inHostWords(`a ${from}${name}, b ${name} {x}, c ${from}${name} {x}`, to);
      expect(shown.match(new RegExp(`\\b${to}${name}\\b`, "g"))?.length).toBe(3);
      expect(inHostWords(shown, to)).toBe(shown);
      expect(toolsInHostWords([`${from}${name}`], to)).toEqual([`${to}${name}`]);
    }),
  );
});
