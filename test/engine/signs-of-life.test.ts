import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { claudeEvents } from "../../src/engine/headless/claude-events.ts";
import { gooseEvents } from "../../src/engine/headless/goose-events.ts";
import { lastWords } from "../../src/engine/headless/runner-files.ts";
import { watchOutput } from "../../src/engine/headless/signs-of-life.ts";
import { scratch } from "../rig/baton.ts";

const lines = (...events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");
const call = (id: string) => ({ type: "assistant", message: { content: [{ type: "tool_use", id, name: "Bash" }] } });
const result = (id: string) => ({ type: "user", message: { content: [{ type: "tool_result", tool_use_id: id }] } });
const text = { type: "assistant", message: { content: [{ type: "text", text: "I look." }] } };
const end = (rest: object) => ({ type: "result", subtype: "success", is_error: false, ...rest });

function printing() {
  const directory = scratch();
  const files = { stdout: join(directory, "out"), stderr: join(directory, "err") };
  return { files, print: (words: string, to: keyof typeof files = "stdout") => appendFileSync(files[to], words) };
}

describe("signs of life of a program", () => {
  test("a program lives while it prints, on either stream, and not because it is there", () => {
    const { files, print } = printing();
    const isAlive = watchOutput(files, "text");
    expect(isAlive()).toBe(false);
    print("one\n");
    expect(isAlive()).toBe(true);
    expect(isAlive()).toBe(false);
    print("warning\n", "stderr");
    expect(isAlive()).toBe(true);
    expect(isAlive()).toBe(false);
  });

  test("a tool call under way is a sign of life, however long it says nothing", () => {
    const { files, print } = printing();
    const isAlive = watchOutput(files, "claude-stream-json");
    print(lines(text, call("t1")));
    expect([isAlive(), isAlive(), isAlive()]).toEqual([true, true, true]);
    print(lines(result("t1")));
    expect([isAlive(), isAlive()]).toEqual([true, false]);
  });

  test("text that looks like events is only text", () => {
    const { files, print } = printing();
    const isAlive = watchOutput(files, "text");
    print(lines(call("t1")));
    expect([isAlive(), isAlive()]).toEqual([true, false]);
  });
});

describe("events of Claude Code", () => {
  const { toolCallOpen, answerIn } = claudeEvents;

  test("each tool call ends with its own result", () => {
    expect(toolCallOpen("")).toBe(false);
    expect(toolCallOpen(lines(call("a"), call("b"), result("a")))).toBe(true);
    expect(toolCallOpen(lines(call("a"), call("b"), result("b"), result("a")))).toBe(false);
  });

  test("cut lines, other JSON and odd messages are no events", () => {
    const odd = `use","id":"x"}]}}\n[1]\nnull\n${lines({ type: "user", message: "hello" }, { type: "system" })}{"type":`;
    expect(toolCallOpen(odd)).toBe(false);
    expect(answerIn(odd)).toBeUndefined();
  });

  test("the answer is the last result, or why there is none", () => {
    expect(answerIn(lines(text, end({ result: "one" }), end({ result: "two" })))).toEqual({ text: "two" });
    expect(answerIn(lines(end({ is_error: true, result: "no credit" })))).toEqual({ cannot: "no credit" });
    expect(answerIn(lines(end({ subtype: "error_max_turns", is_error: true })))).toEqual({
      cannot: "it ended with error_max_turns",
    });
  });

  test("lastWords reads the answer of a program from what it printed", () => {
    const { files } = printing();
    writeFileSync(files.stdout, lines(call("a"), result("a"), end({ result: "done" })));
    expect(lastWords(files.stdout, "claude-stream-json")).toEqual({ text: "done" });
    expect(lastWords(files.stdout)).toEqual({ text: expect.stringContaining("tool_use") });
    writeFileSync(files.stdout, lines(call("a")));
    expect(lastWords(files.stdout, "claude-stream-json")).toEqual({ cannot: "it ended without an answer" });
    writeFileSync(files.stdout, lines(end({ result: "x".repeat(300_000) })));
    expect(lastWords(files.stdout, "claude-stream-json")).toEqual({
      cannot: expect.stringContaining("300000 characters long"),
    });
  });
});

describe("events of Goose", () => {
  const { toolCallOpen, answerIn } = gooseEvents;
  const said = (text: string) => ({
    type: "message",
    message: { role: "assistant", content: [{ type: "text", text }] },
  });
  const asks = (id: string) => ({ type: "message", message: { content: [{ type: "toolRequest", id, toolCall: {} }] } });
  const gets = (id: string) => ({
    type: "message",
    message: { content: [{ type: "toolResponse", id, toolResult: {} }] },
  });

  test("a tool call is under way until its response", () => {
    expect(toolCallOpen(lines(said("I look."), asks("a"), asks("b"), gets("b")))).toBe(true);
    expect(toolCallOpen(lines(asks("a"), gets("a"), said("Done.")))).toBe(false);
    const { files, print } = printing();
    const isAlive = watchOutput(files, "goose-stream-json");
    print(lines(asks("a")));
    expect([isAlive(), isAlive()]).toEqual([true, true]);
  });

  test("the answer is what was said behind the last tool call, however many pieces it came in", () => {
    const before = [said("I look."), asks("a"), gets("a")];
    expect(answerIn(lines(...before, said("The ans"), said("wer"), { type: "complete" }))).toEqual({
      text: "The answer",
    });
    expect(answerIn(lines(said("At once"), { type: "complete" }))).toEqual({ text: "At once" });
    expect(answerIn(lines(...before, said("The ans")))).toBeUndefined();
    expect(answerIn(lines(...before, { type: "error", error: "no credit" }))).toEqual({ cannot: "no credit" });
    expect(answerIn(lines({ type: "error" }))).toEqual({ cannot: "it ended with an error" });
  });
});
