import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Repository } from "../rig/repository.ts";
import type { Rpc } from "../rig/rpc.ts";
import { session } from "../rig/session.ts";

/** What the names of fields and the marks of JSON add to a short answer, in bytes. */
const MARKS = 250;
const SHARE = 1.3;

const bytes = (text: string): number => Buffer.byteLength(text);

/** Paths of what is `null` in some data, but not inside of what others wrote. */
function nulls(data: unknown, path = ""): string[] {
  if (data === null) return [path];
  if (typeof data !== "object" || /\.(output|input|results|answers|default)$/.test(path)) return [];
  return Object.entries(data as object).flatMap(([key, value]) => nulls(value, `${path}.${key}`));
}

/** Calls tools, and counts each answer. */
function counting(rpc: Rpc) {
  const seen: { readonly what: string; readonly text: number; readonly data: number; readonly nulls: string[] }[] = [];
  const call = async (name: string, args: Record<string, unknown>) => {
    const { content, structuredContent } = await rpc.tool(
      name,
      name === "handoff" ? args : { ...args, detail: "concise" },
    );
    const what = `${name} ${args.action ?? ""}`;
    const [text, data] = [bytes(content[0]!.text), bytes(JSON.stringify(structuredContent))];
    seen.push({ what, text, data, nulls: nulls(structuredContent) });
    return structuredContent;
  };
  return { call, seen };
}

test.each(["2026-07-28", "2025-11-25"] as const)(
  "structured answers say no more than their texts (%s)",
  async (era) => {
    const { top: directory } = Repository.make({ "package.json": '{"scripts":{"test":"test -e made"}}' });
    const { rpc } = await session(era, directory);
    const { call, seen } = counting(rpc);
    const steps = [
      { id: "one", command: "echo hello; exit 1", retries: 1, retryDelay: 1 },
      { id: "two", command: "seq 1 3000", outputKey: "many" },
      { id: "three", command: "true", condition: "on_success(one)" },
    ];
    const ran = await call("execute_workflow", { workflow: { name: "Typical", steps }, waitSeconds: 30 });
    await call("monitor_workflow", { workflowId: ran.workflowId });
    await call("monitor_workflow", { action: "logs", workflowId: ran.workflowId, stepId: "one" });
    await call("monitor_workflow", { action: "list" });

    const goal = "Add a function format(total) to src/format.js that shows cents, with a test";
    const { sessionId, workflowId, assignments } = await call("orchestrate", { goal, workflow: "build_only" });
    const [{ assignment, stepId }] = assignments;
    await call("monitor_workflow", { workflowId });
    await call("orchestrate", { sessionId, action: "status" });
    await call("handoff", { assignment });
    await call("handoff", {
      action: "progress",
      assignment,
      percent: 40,
      task: "the function is there, the test is not",
    });
    await call("handoff", {
      action: "ask",
      assignment,
      questions: [{ question: "Which one?", options: ["EUR", "USD"] }],
    });
    await call("monitor_workflow", { workflowId });
    const again = await call("handoff", { action: "answer", workflowId, stepId, answers: ["EUR"] });
    writeFileSync(join(directory, "made"), "");
    const output = { summary: "format() is there, with its test", filesChanged: ["made"] };
    await call("handoff", { action: "complete", assignment: again.assignments[0].assignment, output, waitSeconds: 40 });
    await call("monitor_workflow", { workflowId });
    await call("monitor_workflow", { action: "logs", workflowId, stepId });
    await call("checkpoint", { action: "list", workflowId });
    await call("orchestrate", { sessionId, action: "finish" });

    expect(seen.flatMap(({ what, nulls }) => nulls.map((path) => `${what}: ${path}`))).toEqual([]);
    const large = seen.filter(({ text, data }) => data > SHARE * text + MARKS);
    expect(large.map(({ what, text, data }) => `${what}: ${data} bytes of data, ${text} of text`)).toEqual([]);
  },
);
