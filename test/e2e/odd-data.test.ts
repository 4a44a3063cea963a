import { describe, expect, test } from "vitest";
import { session, sharedSession } from "../rig/session.ts";

const parse = (text: string) => JSON.parse(text) as object;
/** The deepest nesting that the client in this test can write. */
const LEVELS = 2_000;
const deep = (levels = LEVELS): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
/** An agent step, and a command that prints its output. */
const steps = [
  { id: "a", agent: "scribe" },
  { id: "b", command: "printf %s {{steps.a.output}}" },
];

describe.each(["2025-11-25", "2026-07-28"] as const)("a key named __proto__ (%s)", (era) => {
  test("a key __proto__ passes through parameters, context and outputs, and is refused as an argument", async () => {
    const { execute, handoff, monitor } = await session(era);
    const workflow = {
      name: "keys",
      steps: [
        { id: "c", command: "printf %s {{context}}{{parameters.p}}" },
        { id: "o", command: `printf '{"__proto__": {"x": 1}, "y": 2}' > "$BATON_OUTPUT"` },
        { id: "u", command: "printf %s {{steps.o.output}}" },
        { id: "l", command: "echo '::output __proto__=z'" },
        ...steps,
      ],
    };
    const odd = parse('{"__proto__": {"polluted": 1}, "z": 2}');
    const { workflowId } = await execute({ workflow, context: odd, parameters: { p: odd } });
    const refused = await handoff(parse('{"action": "accept", "__proto__": {"workflowId": "none"}}'));
    expect(refused).toMatchObject({ isError: true, error: { reason: "bad_input" } });
    expect(refused.text).toContain(`field "__proto__": unknown argument`);
    const [{ assignment }] = (await handoff({ action: "accept", workflowId })).assignments;
    const done = await handoff({ action: "complete", assignment, output: odd, context: odd });
    expect(done).toMatchObject({ isError: false, status: "completed" });
    const end = await monitor({ workflowId, waitSeconds: 20, detail: "full" });
    const told = Object.fromEntries(end.steps.map(({ id, output }: { id: string; output: unknown }) => [id, output]));
    const text = '{"__proto__":{"polluted":1},"z":2}';
    expect(end.success, end.text).toBe(true);
    expect(told.b).toBe(text);
    expect(told.c).toBe(text + text);
    expect(told.u).toBe('{"__proto__":{"x":1},"y":2}');
    expect(JSON.stringify(told.l)).toBe('{"__proto__":"z"}');
    expect(JSON.stringify(told.a)).toBe(text);
  });
});

describe("data that is nested deeper than 200 levels", () => {
  const serve = sharedSession();

  test("deeply nested data is bad_input in every argument; the run and the server go on", async () => {
    const { rpc, execute, handoff, monitor, templates, checkpoint, orchestrate } = await serve();
    const { workflowId } = await execute({ workflow: { name: "deep", steps } });
    const [{ assignment }] = (await handoff({ action: "accept", workflowId })).assignments;
    const calls = [
      execute({ workflow: deep() }),
      execute({ workflow: JSON.stringify(deep()) }),
      execute({ workflow: { name: "x", steps: [{ id: "a", command: "true", input: deep() }] } }),
      execute({ workflow: { name: "x", steps }, context: { x: deep() } }),
      execute({ workflow: { name: "x", steps }, parameters: { x: deep() } }),
      execute({ workflow: { name: "x", steps }, idempotencyKey: deep() }),
      handoff({ action: "complete", assignment, output: deep() }),
      handoff({ action: "complete", assignment, context: { x: deep() } }),
      handoff({ action: "fail", assignment, reason: "x", output: deep() }),
      handoff({ action: "transfer", assignment, to: "x", context: { x: deep() } }),
      handoff({ action: "ask", assignment, questions: deep() }),
      handoff({ action: "answer", workflowId, stepId: "a", answers: deep() }),
      handoff({ action: deep() }),
      handoff({ assignment: deep() }),
      monitor({ workflowId: deep() }),
      templates({ action: "save", name: "t", workflow: deep() }),
      templates({ action: "preview", name: "t", parameters: { x: deep() } }),
      checkpoint({ action: "create", name: deep() }),
      orchestrate({ goal: "add a login", assessment: { x: deep() } }),
    ];
    for (const answer of await Promise.all(calls)) {
      expect(answer, answer.text).toMatchObject({ isError: true, error: { reason: "bad_input" } });
      expect(answer.text).toMatch(/nested deeper than \d+ levels|unknown action|assignment": unknown argument/);
    }
    const output = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const params = `{"name": "handoff", "arguments": {"assignment": "${assignment}", "output": ${output}}}`;
    rpc.sendRaw(`{"jsonrpc": "2.0", "id": 999, "method": "tools/call", "params": ${params}}\n`);
    expect(await handoff({ action: "complete", assignment, output: deep(200) })).toMatchObject({ status: "completed" });
    expect(await monitor({ workflowId, waitSeconds: 20 })).toMatchObject({ status: "completed" });
  });

  test("a command that writes deeply nested BATON_OUTPUT fails with output_invalid", async () => {
    const { execute, monitor } = await serve();
    const write = `node -e 'process.stdout.write("{\\"a\\":" + "[".repeat(${LEVELS}) + "]".repeat(${LEVELS}) + "}")' > "$BATON_OUTPUT"`;
    const { workflowId } = await execute({ workflow: { name: "deep", steps: [{ id: "a", command: write }] } });
    const { steps } = await monitor({ workflowId, waitSeconds: 20 });
    expect(steps[0].error).toMatchObject({ reason: "output_invalid" });
    expect(steps[0].error.message).toContain("nested deeper than 200 levels");
  });
});
