import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { hosts } from "../../src/hosts/hosts.ts";
import { runs } from "../rig/rules/runs.ts";

const PLACES = { project: "/p", home: "/h", settings: "/h/.config" };
const edit = (command = "/usr/bin/node", program = "/opt/ba ton/dist/baton.cjs") =>
  hosts.claude.hook!.edit(PLACES, { command, args: [program, "serve"] });

type Text = string | undefined;
function done(how: "write" | "erase", text: Text, from = edit()): Text {
  const result = from[how](text);
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`);
  return result.value;
}
const written = (text: Text, from = edit()) => done("write", text, from);
const erased = (text: Text, from = edit()) => done("erase", text, from);
const refused = (how: "write" | "erase", text: string) => {
  const result = edit()[how](text);
  return result.ok ? result.value : result.error;
};

const ITEM = {
  matcher: "startup|resume|compact",
  hooks: [{ type: "command", command: "/usr/bin/node '/opt/ba ton/dist/baton.cjs' brief --if-open", timeout: 15 }],
};
const OTHER = { matcher: "startup", hooks: [{ type: "command", command: "./mine.sh" }] };

describe("the hook in Claude Code's settings", () => {
  test("is an item of hooks.SessionStart in the person's own settings", () => {
    expect(edit().path).toBe("/p/.claude/settings.local.json");
    expect(JSON.parse(written(undefined)!)).toEqual({ hooks: { SessionStart: [ITEM] } });
    expect(edit("npx", "-y").write(undefined)).toMatchObject({ ok: true });
    const npx = hosts.claude.hook!.edit(PLACES, { command: "npx", args: ["-y", "baton-mcp", "serve"] });
    expect(written(undefined, npx)).toContain('"command": "npx -y baton-mcp brief --if-open"');
    expect(erased(written(undefined, npx))).toBeUndefined();
  });

  test.each([
    undefined,
    "",
    " \n",
    "{}",
    "{}\n",
    "{\n}\n",
    '{"hooks":{}}',
    '{\n  "hooks": {\n  }\n}\n',
    '{"hooks":{"SessionStart":[]}}',
    '{\n\t"hooks": {\n\t\t"Stop": [],\n\t\t"SessionStart": [\n\t\t]\n\t}\n}\n',
    `{"a": 1, "hooks": {"SessionStart": [${JSON.stringify(OTHER)}]}}`,
    `{ "hooks": { "SessionStart": [ ${JSON.stringify(OTHER)} ] } }`,
    '{\r\n  "permissions": { "allow": ["mcp__baton"] }, // mine\r\n  "hooks": {\r\n    "Stop": [] /* none */\r\n  }\r\n}\r\n',
    `{\n  // comment\n  "hooks": {\n    "SessionStart": [\n      ${JSON.stringify(OTHER)},\n    ],\n  },\n}`,
  ])("goes into %j and out of it again, byte for byte", (before) => {
    const after = written(before)!;
    const old = before?.trim() ? parse(before) : {};
    expect(parse(after)).toEqual({
      ...old,
      hooks: { ...old.hooks, SessionStart: [ITEM, ...(old.hooks?.SessionStart ?? [])] },
    });
    expect(written(after), "a second time changes nothing").toBe(after);
    expect(erased(after)).toBe(before);
    expect(erased(before), "where nothing was written, nothing is removed").toBe(before);
  });

  test("goes into any settings and out of them again, byte for byte", () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const list = fc.array(fc.constantFrom<unknown>(OTHER, {}, 1, null, { hooks: [{}] }, { hooks: "x" }), {
      maxLength: 3,
    });
    const hooks = fc.record({ SessionStart: list, Stop: value }, { requiredKeys: [] });
    const settings = fc.record({ a: value, hooks, z: value }, { requiredKeys: [] });
    const unit = fc.constantFrom(undefined, 1, 2, 4, "\t");
    fc.assert(
      fc.property(settings, unit, fc.constantFrom("", "\n"), fc.boolean(), (object, unit, end, crlf) => {
        const plain = JSON.stringify(object, undefined, unit) + end;
        if (plain.includes("__proto__")) return;
        const before = crlf ? plain.replaceAll("\n", "\r\n") : plain;
        const after = written(before)!;
        expect(parse(after).hooks.SessionStart[0]).toEqual(ITEM);
        expect(erased(after)).toBe(before);
      }),
      { numRuns: runs(200) },
    );
  });

  test("is brought up to date where Baton has moved, in its place among the others", () => {
    const old = written(
      `{"hooks": {"SessionStart": [${JSON.stringify(OTHER)}]}}`,
      edit("node", "/old/dist/baton.cjs"),
    )!;
    const moved = JSON.stringify({ hooks: { SessionStart: [OTHER, parse(old).hooks.SessionStart[0]] } });
    expect(parse(written(moved)!)).toEqual({ hooks: { SessionStart: [OTHER, ITEM] } });
    expect(erased(written(moved)!)).toBe(JSON.stringify({ hooks: { SessionStart: [OTHER] } }));
    expect(erased(old)).toBe(`{"hooks": {"SessionStart": [${JSON.stringify(OTHER)}]}}`);
  });

  test("is left alone once somebody has changed it", () => {
    const changed = written("{}")!.replace("startup|resume|compact", "startup");
    for (const how of ["write", "erase"] as const)
      expect(refused(how, changed)).toMatchObject({ reason: "edited", hint: expect.stringMatching(/by hand/) });
  });

  test("does not go into settings of another form", () => {
    for (const how of ["write", "erase"] as const) {
      expect(refused(how, '{\n "hooks": ')).toMatchObject({
        reason: "unreadable",
        message: "is not valid JSON: line 2",
      });
      expect(refused(how, "[]")).toMatchObject({ reason: "unreadable", message: "is not a JSON object" });
      expect(refused(how, '{"hooks": []}')).toMatchObject({ reason: "cannot_edit" });
      expect(refused(how, '{"hooks": {"SessionStart": {}}}')).toMatchObject({ reason: "cannot_edit" });
    }
    // The same key twice: what a reader makes of it is not what it shows.
    expect(refused("write", '{"hooks": {}, "hooks": {"Stop": []}}')).toMatchObject({ reason: "cannot_edit" });
    const twice = written("{}")!.replace(/\}$/, ', "hooks": {"Stop": []}}');
    expect(refused("erase", twice)).toMatchObject({ reason: "cannot_edit" });
  });
});
