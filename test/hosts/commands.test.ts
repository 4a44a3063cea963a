import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { commands } from "../../src/hosts/commands.ts";
import {
  claudeCommand,
  gooseRecipe,
  MAX_GOAL_CHARACTERS,
  promptText,
  shippedFiles,
} from "../../src/hosts/host-files.ts";
import { toolsOf } from "../../src/mcp/tools/index.ts";
import { operations } from "../../src/operations/index.ts";

const tools = toolsOf(operations);
const root = fileURLToPath(new URL("../..", import.meta.url));

describe("generated files in the repository", () => {
  const forms = shippedFiles(commands);

  test.each(forms)("$file is up to date with its source (else: npm run hosts)", ({ file, text }) => {
    expect(readFileSync(`${root}${file}`, "utf8")).toBe(text);
  });

  test.each(["commands", "recipes"])("%s/ holds only generated files", (room) => {
    const known = forms
      .filter(({ file }) => file.startsWith(`${room}/`))
      .map(({ file }) => file.slice(room.length + 1));
    expect(readdirSync(`${root}${room}`).sort()).toEqual(known.sort());
  });
});

describe.each(commands)("/$name", (command) => {
  test("a command text is short, and holds the typed text once", () => {
    const text = command.text("<HERE>");
    expect(text.split("\n").length).toBeLessThanOrEqual(40);
    expect(text.split("<HERE>")).toHaveLength(2);
  });

  test("a Claude Code command replaces only the typed text and runs nothing", () => {
    const { text } = claudeCommand(command);
    const [, frontmatter, body] = /^---\n(.*?)\n---\n\n(.*)$/s.exec(text)!;
    expect(parse(frontmatter!)).toEqual({
      description: command.description,
      "argument-hint": `[${command.argument}]`,
    });
    expect(body!.match(/\$\w+/g)).toEqual(["$ARGUMENTS"]);
    expect(body).not.toMatch(/!`|(^|\s)@\S/);
  });

  test("a Goose recipe has the same text, with one parameter", () => {
    const { text } = gooseRecipe(command);
    const recipe = parse(text);
    expect(recipe.parameters).toMatchObject([{ key: "typed", requirement: "required", default: "" }]);
    expect(recipe.prompt).toBe(command.text("{{ typed | indent(2) }}"));
    expect(text.match(/\{\{|\{%|\{#/g)).toEqual(["{{"]);
  });

  test("a command text writes calls with existing actions and arguments", () => {
    const calls = [...command.text("").matchAll(/`(\w+) \{([^`]*)\}`/g)];
    expect(calls.length).toBeGreaterThan(0);
    for (const [text, name, inside] of calls) {
      const { properties } = tools.find((tool) => tool.name === name)?.inputSchema ?? {};
      expect(properties, text).toBeDefined();
      const [, action] = /action: "(\w+)"/.exec(inside!) ?? [];
      if (action === "ask" || action === "answer") continue;
      if (action !== undefined) expect(properties!.action?.enum, text).toContain(action);
      for (const part of inside!.split(",").filter((each) => each !== ""))
        expect(Object.keys(properties!), text).toContain(part.split(":")[0]!.trim());
    }
  });
});

test.each(commands)("the call that does the same as /$name is one of Baton's", ({ call }) => {
  const [, name, inside] = /^(\w+) \{(.*)\}$/.exec(call)!;
  const { properties } = tools.find((tool) => tool.name === name)!.inputSchema;
  for (const part of inside!.split(",")) expect(Object.keys(properties!)).toContain(part.split(":")[0]!.trim());
});

describe("a command as a prompt", () => {
  const [build] = commands;

  test("a prompt works without a goal, and keeps a goal as typed", () => {
    expect(promptText(build!)).toContain("<goal>\n\n</goal>");
    const goal = 'add a "login" page\n- with $1 {{ x }} </goal>';
    expect(promptText(build!, ` ${goal}\n`)).toContain(`<goal>\n${goal}\n</goal>`);
  });

  test("a prompt cuts a long goal, and reports its length", () => {
    const text = promptText(build!, "word ".repeat(20_000));
    expect(text.length).toBeLessThan(MAX_GOAL_CHARACTERS + 6_000);
    expect(text).toContain("it has 100000 characters");
  });
});
