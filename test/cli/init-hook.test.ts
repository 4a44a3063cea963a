import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { addInitCommand } from "../../src/cli/init.ts";
import { scratch } from "../rig/baton.ts";

/** `baton init` at a terminal where a person answers each question, in a project and home of its own. */
function atTerminal(answer: (question: string) => boolean) {
  const directory = scratch();
  const [cwd, home] = [join(directory, "project"), join(directory, "home")];
  for (const each of [cwd, home]) mkdirSync(each);
  const questions: string[] = [];
  const settings = join(cwd, ".claude/settings.local.json");
  return {
    questions,
    hooks: () => (existsSync(settings) ? JSON.parse(readFileSync(settings, "utf8")).hooks : undefined),
    async init(...args: string[]) {
      questions.length = 0;
      const program = new Command().exitOverride();
      const launch = { command: "/n/node", args: ["/b/baton.cjs", "serve"] };
      const confirm = async (question: string) => {
        questions.push(question);
        return answer(question);
      };
      const context = { colors: pc.createColors(false), out() {}, fail() {}, leave() {} };
      addInitCommand(program, { ...{ cwd, home, settings: join(home, ".config"), launch }, confirm }, context);
      await program.parseAsync(["init", ...args], { from: "user" });
    },
  };
}

describe("the hook of init claude, at a terminal", () => {
  test("is offered with a question of its own, and not again once it is there", async () => {
    const { init, questions, hooks } = atTerminal(() => true);
    await init("claude");
    expect(questions).toEqual([expect.stringContaining("by a hook?"), "Write this (6 files)?"]);
    expect(hooks().SessionStart).toHaveLength(1);
    await init("claude");
    expect(questions).toEqual([]);
    await init("claude", "--remove");
    expect(questions).toEqual(["Remove this (6 files)?"]);
    expect(hooks()).toBeUndefined();
  });

  test("is not written after a no; --hook and --yes ask nothing about it", async () => {
    const { init, questions, hooks } = atTerminal((question) => !question.includes("hook"));
    await init("claude");
    expect(questions).toHaveLength(2);
    expect(hooks()).toBeUndefined();
    await init("claude", "--yes");
    expect(questions).toEqual([]);
    expect(hooks()).toBeUndefined();
    await init("claude", "--hook");
    expect(questions).toEqual(["Write this (1 file)?"]);
    expect(hooks().SessionStart).toHaveLength(1);
    await init("goose");
    expect(questions.join()).not.toContain("hook");
  });
});
