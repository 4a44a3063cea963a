import fc from "fast-check";
import { createScanner, parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { type FileEdit, isOurs } from "../../src/hosts/file-edit.ts";
import { hosts } from "../../src/hosts/hosts.ts";
import { eraseJson, writeJson } from "../../src/hosts/json-entry.ts";
import { eraseToml, writeToml } from "../../src/hosts/toml-table.ts";
import { eraseYaml, writeYaml, type YamlEntry } from "../../src/hosts/yaml-entry.ts";

const value = { command: "/usr/bin/node", args: ["/opt/baton/dist/baton.cjs", "serve"] };
const elsewhere = { command: "node", args: ["/old/baton/dist/baton.cjs", "serve"] };

type Text = string | undefined;
const formats = {
  json: deed(writeJson, eraseJson, { section: "mcpServers", name: "baton", value }),
  toml: deed(writeToml, eraseToml, { section: "mcp_servers", name: "baton", value }),
  map: deed<YamlEntry>(writeYaml, eraseYaml, {
    section: "extensions",
    place: { name: "baton" },
    value,
    ours: (found) => isOurs(found, value),
  }),
  list: deed<YamlEntry>(writeYaml, eraseYaml, {
    section: "slash_commands",
    place: { item: "build" },
    value: { command: "build", recipe_path: "/r/baton-build.yaml" },
    ours: (found) => (found as { recipe_path?: string }).recipe_path?.endsWith("/baton-build.yaml") === true,
  }),
};

function deed<T>(write: (text: Text, entry: T) => ReturnType<FileEdit["write"]>, erase: typeof write, entry: T) {
  const text = (edit: ReturnType<FileEdit["write"]>) => {
    if (!edit.ok) throw new Error(`${edit.error.reason}: ${edit.error.message}`);
    return edit.value;
  };
  return {
    write: (before: Text) => write(before, entry),
    erase: (before: Text) => erase(before, entry),
    written: (before: Text) => text(write(before, entry)),
    erased: (before: Text) => text(erase(before, entry)),
  };
}

/** Typical files by format. */
const FILES: readonly (readonly [keyof typeof formats, Text])[] = [
  ["json", undefined],
  ["json", ""],
  ["json", " \n"],
  ["json", "{}"],
  ["json", "{}\n"],
  ["json", "{\n}\n"],
  ["json", "{ }"],
  ["json", '{"mcpServers":{}}'],
  ["json", '{\n  "mcpServers": {}\n}\n'],
  ["json", '{\n  "mcpServers": {\n  }\n}\n'],
  ["json", '{\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n'],
  ["json", '{"a":1,"mcpServers":{"x":{"url":"http://x"}},"b":[1,2]}'],
  ["json", '{ "a": 1 }'],
  ["json", '{\r\n\t"a": 1,\r\n\t"b": { "c": "d" }\r\n}\r\n'],
  [
    "json",
    '// mine\n{\n    // servers\n    "mcpServers": { // here\n        "x": {}, // the first\n    },\n    /* end */\n}',
  ],
  ["json", "{ // nothing yet\n}"],
  ["json", '{ "z": "mcpServers", "n": "\\u007b,}" }'],
  ["toml", undefined],
  ["toml", ""],
  ["toml", "\n"],
  ["toml", "\n\n\n"],
  ["toml", "# mine"],
  ["toml", 'model = "x"'],
  ["toml", 'model = "x"\n'],
  ["toml", 'model = "x"\r\n\r\n[mcp_servers.other]\r\ncommand = "y" # why\r\n'],
  ["toml", '[mcp_servers]\n\n[profiles.a]\nb = """\n[mcp_servers.baton]\n"""\n\n\n'],
  ...(["map", "list"] as const).flatMap((kind) =>
    [
      undefined,
      "",
      "\n",
      "# mine\n",
      "# mine",
      "GOOSE_MODEL: gpt-4o",
      "GOOSE_MODEL: gpt-4o\nother:\n- a\n\n# end\n",
      "a: 1\r\nb: 2\r\n",
      "extensions: {}\nslash_commands: []\n",
      "extensions: { x: { enabled: true } }\nslash_commands: [{command: x, recipe_path: y}]\n",
      "extensions:\n  developer:\n    enabled: true\n    type: builtin\n\n# between\nslash_commands:\n- command: daily\n  recipe_path: /d.yaml\nz: 1\n",
      "slash_commands:\n    # mine\n    -   command: daily\n        recipe_path: /d.yaml\nextensions:\n    # mine\n    x:\n        args: [a]",
    ].map((text) => [kind, text] as const),
  ),
];

const blanks = fc.constantFrom("", "\n", " ", "\n\n", "\t");

describe("a JSON entry", () => {
  /** Tokens and comments, without blanks and commas. */
  const tokensOf = (text: string): string[] => {
    const scanner = createScanner(text, false);
    const tokens: string[] = [];
    for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan())
      tokens.push(text.slice(scanner.getTokenOffset(), scanner.getTokenOffset() + scanner.getTokenLength()));
    return tokens.filter((token) => token.trim() !== "" && token !== ",");
  };
  const onlyOurs = (text: string) => (text.includes("mcpServers") ? { mcpServers: {} } : {});
  const keepsTheRest = (before: string) => {
    const { written, erased } = formats.json;
    const after = written(before)!;
    expect(parse(after)).toEqual({ ...parse(before), mcpServers: { ...parse(before).mcpServers, baton: value } });
    let start = 0;
    while (start < before.length && before[start] === after[start]) start++;
    let end = 0;
    while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
    const replaced = before.slice(start, before.length - end);
    expect(replaced.trim(), "one stretch is added, in place of blanks at most").toBe("");
    expect(written(after), "a second time changes nothing").toBe(after);
    const left = erased(after);
    // A file that held nothing else is removed, or left as empty as it was.
    if (left === undefined || left.trim() === "") return expect(parse(before)).toEqual(onlyOurs(before));
    const empty = Object.hasOwn(parse(before), "mcpServers") ? [] : ['"mcpServers"', ":", "{", "}"];
    expect(tokensOf(left).sort()).toEqual([...tokensOf(before), ...empty].sort());
    expect(erased(left), "where nothing was written, nothing is removed").toBe(left);
  };
  const objects = FILES.filter(([format, text]) => format === "json" && (text ?? "").trim() !== "");
  test.each(objects)("an entry in %s %j keeps every byte outside the entry", (_, before) => keepsTheRest(before!));

  test("a JSON entry follows the layout of its file", () => {
    const { written, erased } = formats.json;
    const lines = '{\n    "mcpServers": {\n        "x": {}\n    }\n}\n';
    expect(written(lines)).toBe(
      '{\n    "mcpServers": {\n        "baton": {\n            "command": "/usr/bin/node",\n            "args": [\n' +
        '                "/opt/baton/dist/baton.cjs",\n                "serve"\n            ]\n        },\n' +
        '        "x": {}\n    }\n}\n',
    );
    expect(erased(written(lines))).toBe(lines);
    const line = '{"mcpServers":{"x":{}}}';
    expect(written(line)).toBe(`{"mcpServers":{"baton": ${JSON.stringify(value)},"x":{}}}`);
    expect(erased(written(line))).toBe(line);
  });

  const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }));
  test("a JSON entry keeps every byte of any JSON object in any layout", () => {
    const section = fc.oneof(
      fc.constant({}),
      fc.record({ mcpServers: json }),
      fc.record({ mcpServers: fc.constant({}) }),
    );
    const unit = fc.constantFrom(undefined, 1, 2, 4, "\t");
    fc.assert(
      fc.property(json, section, unit, fc.boolean(), blanks, (rest, own, unit, crlf, end) => {
        const { mcpServers: _, ...others } = rest;
        const object = Object.hasOwn(own, "mcpServers") ? { ...others, ...own } : others;
        const text = JSON.stringify(object, undefined, unit);
        if (text.includes("__proto__") || text.includes('"baton"')) return;
        keepsTheRest((crlf ? text.replaceAll("\n", "\r\n") : text) + end);
      }),
    );
  });
});

describe("an entry that is written and removed again", () => {
  const empty = FILES.filter(([format, text]) => format !== "json" || (text ?? "").trim() === "");
  test.each(empty)("removing an entry restores %s %j", (format, before) => {
    const { written, erased } = formats[format];
    const after = written(before);
    expect(after).not.toBe(before);
    expect(written(after), "a second time changes nothing").toBe(after);
    expect(erased(after)).toBe(before);
    expect(erased(before), "where nothing was written, nothing is taken out").toBe(before);
  });

  const word = fc.stringMatching(/^[a-z]{1,5}$/);
  const line = fc.oneof(
    fc.constant(""),
    fc.constant("# a word"),
    fc.tuple(word, fc.integer()).map(([key, number]) => ({ key, number })),
  );
  const text = (separator: string) =>
    fc
      .tuple(fc.uniqueArray(line, { selector: (one) => (typeof one === "string" ? Symbol() : one.key) }), blanks)
      .map(
        ([lines, end]) =>
          lines.map((one) => (typeof one === "string" ? one : `${one.key}${separator}${one.number}`)).join("\n") +
          end.replace(/[ \t]/, ""),
      );
  test("writing and removing an entry restores any TOML and YAML lines", () => {
    fc.assert(
      fc.property(text(" = "), (before) => {
        expect(formats.toml.erased(formats.toml.written(before))).toBe(before);
      }),
    );
    fc.assert(
      fc.property(text(": "), (before) => {
        const both = formats.list.written(formats.map.written(before));
        expect(formats.map.erased(formats.list.erased(both))).toBe(before);
      }),
    );
  });
});

describe("an existing entry", () => {
  test("updates an entry of another Baton installation in its place", () => {
    const text = JSON.stringify({ mcpServers: { a: {}, baton: elsewhere, b: {} } }, undefined, 2);
    expect(JSON.parse(formats.json.written(text)!)).toEqual({ mcpServers: { a: {}, baton: value, b: {} } });
    expect(JSON.parse(formats.json.erased(text)!)).toEqual({ mcpServers: { a: {}, b: {} } });
    const toml = '[mcp_servers.baton]\ncommand = "node"\nargs = ["/old/baton.cjs", "serve"]\n\n[x]\ny = 1\n';
    expect(formats.toml.written(toml)).toContain('command = "/usr/bin/node"');
    expect(formats.toml.written(toml)).toContain("[x]\ny = 1\n");
    expect(formats.toml.erased(toml)).toBe("\n[x]\ny = 1\n");
    const yaml = 'extensions:\n  x: {}\n  baton:\n    command: node\n    args: ["/old/baton.cjs", serve]\n\n  y: {}\n';
    expect(formats.map.erased(yaml)).toBe("extensions:\n  x: {}\n\n  y: {}\n");
    expect(formats.map.written(yaml)).toMatch(/^extensions:\n {2}baton:\n {4}command: "\/usr\/bin\/node"\n/);
  });

  test.each([
    ["json", '{"mcpServers": {"baton": {"command": "conductor"}}}'],
    ["toml", '[mcp_servers.baton]\ncommand = "conductor"\n'],
    ["map", "extensions:\n  baton:\n    cmd: conductor\n"],
    ["list", "slash_commands:\n- command: build\n  recipe_path: /mine.yaml\n"],
  ] as const)("refuses to change a foreign entry in %s", (format, text) => {
    expect(formats[format].write(text)).toMatchObject({ ok: false, error: { reason: "not_ours" } });
    expect(formats[format].erase(text)).toMatchObject({ ok: false, error: { reason: "edited" } });
  });

  test.each([
    ["json", '{"mcpServers": ', "unreadable"],
    ["json", "[]", "unreadable"],
    ["json", '{"mcpServers": []}', "cannot_edit"],
    ["json", '{"mcpServers": {}, "mcpServers": {}}', "cannot_edit"],
    ["toml", "a = ", "unreadable"],
    ["toml", "mcp_servers = { x = { command = 'y' } }\n", "cannot_edit"],
    ["toml", "mcp_servers = 1\n", "cannot_edit"],
    ["map", "a: [", "unreadable"],
    ["map", "- a\n", "cannot_edit"],
    ["map", "extensions:\n", "cannot_edit"],
    ["map", "extensions: []\n", "cannot_edit"],
    ["map", "a: 1\n---\nb: 2\n", "cannot_edit"],
    ["list", "slash_commands: {}\n", "cannot_edit"],
  ] as const)("does not edit %s %j: %s", (format, text, reason) => {
    expect(formats[format].write(text)).toMatchObject({ ok: false, error: { reason } });
  });

  test("does not remove an entry that the user has edited", () => {
    const text = formats.json.written("{}")!.replace('"args"', '"env": {"A": "b"}, "args"');
    expect(formats.json.erase(text)).toMatchObject({ ok: false, error: { reason: "edited" } });
  });
});

test("a new entry keeps every byte of its neighbours", () => {
  expect(formats.json.written('{\n  "mcpServers": {\n    "x": {} // mine\n  }\n}\n')).toBe(`{
  "mcpServers": {
    "baton": {
      "command": "/usr/bin/node",
      "args": [
        "/opt/baton/dist/baton.cjs",
        "serve"
      ]
    },
    "x": {} // mine
  }
}
`);
  expect(formats.toml.written('model = "x"\n')).toBe(
    'model = "x"\n\n[mcp_servers.baton]\ncommand = "/usr/bin/node"\nargs = ["/opt/baton/dist/baton.cjs", "serve"]\n',
  );
});

describe.each(Object.entries(hosts))("%s", (_, host) => {
  const places = { project: "/p", home: "/h", settings: "/h/.config" };
  const deeds = host.edits(places, value);

  test("host edits can be undone, and updated when Baton has moved", () => {
    for (const deed of deeds) {
      const first = deed.write(undefined);
      if (!first.ok) throw new Error(first.error.message);
      expect(deed.erase(first.value)).toEqual({ ok: true, value: undefined });
      const mark = deed.write("\uFEFF# x\n");
      if (mark.ok) expect(deed.erase(mark.value)).toEqual({ ok: true, value: "\uFEFF# x\n" });
    }
    const moved = host.edits(places, elsewhere);
    for (const [at, deed] of deeds.entries()) {
      const first = moved[at]!.write(undefined);
      if (!first.ok) throw new Error(first.error.message);
      expect(deed.write(first.value)).toEqual(deed.write(undefined));
    }
  });

  test("keeps a file of Baton that the user has changed", () => {
    for (const deed of deeds.filter(({ path }) => path.endsWith(".md") || path.includes("/recipes/"))) {
      const first = deed.write(undefined);
      if (!first.ok) throw new Error(first.error.message);
      for (const edit of [deed.write, deed.erase])
        expect(edit(`${first.value}More.\n`)).toMatchObject({ ok: false, error: { reason: "edited" } });
      expect(deed.write("# Mine\n")).toMatchObject({ ok: false, error: { reason: "not_ours" } });
      expect(deed.erase("# Mine\n")).toEqual({ ok: true, value: "# Mine\n" });
      expect(deed.erase(first.value!.replaceAll("\n", "\r\n"))).toEqual({ ok: true, value: undefined });
    }
  });
});
