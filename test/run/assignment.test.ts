import { describe, expect, test } from "vitest";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const iso = ({ now }: Desk) => new Date(now).toISOString();
const held = (desk: Desk, id: string) => assignmentOf(desk.plan, desk.state, desk.plan.indexOf.get(id)!);
const deliver = (desk: Desk, stepId: string, said: { output?: string; context?: { said: string } } = {}) =>
  desk.ask({ action: "complete", assignment: desk.accept({ stepId })[0]!, ...said });

describe("assignmentOf", () => {
  test("an assignment holds the work, the role, the input, the schema, the checks and its end", () => {
    const output = { type: "object" };
    const performers = {
      "agent:scribe": [{ kind: "agent" as const, name: "scribe", path: "/a/scribe.md", requestedTools: ["Read"] }],
    };
    const config = {
      agent: "scribe",
      prompt: "Write about {{parameters.what}}",
      input: { list: ["{{parameters.n}}", "n is {{parameters.n}}"], deep: { n: "{{parameters.n}}" } },
      output,
      verify: [
        { command: "test -f {{parameters.what}}" },
        { command: "echo '{{parameters.n}}'" },
        { file: "{{parameters.what}}.md", contains: "x" },
      ],
    };
    const desk = new Desk([agentStep("a", config, { name: "First", description: "the beginning" })], [], {
      performers,
      parameters: { what: "cats", n: 3 },
    });
    const [assignment] = desk.accept({ worker: "ann" });
    expect(held(desk, "a")).toEqual({
      assignment,
      workflowId: "wf_0123456789",
      stepId: "a",
      attempt: 1,
      agent: "scribe",
      worker: "ann",
      runName: "test",
      title: "First",
      description: "the beginning",
      prompt: "Write about cats",
      answers: [],
      role: { name: "scribe", path: "/a/scribe.md", file: ".../a/scribe.md", known: false },
      input: { list: [3, "n is 3"], deep: { n: 3 } },
      outputSchema: output,
      outputKnown: false,
      before: { "test -f cats": "failed", "echo '3'": "failed", 'file cats.md contains "x"': "failed" },
      ...{ handoffs: [], notes: [], trace: [] },
      checks: ["test -f cats", "echo '3'", 'file cats.md contains "x"'],
      expiresAt: new Date(desk.now + 1_800_000).toISOString(),
    });
  });

  test("an assignment leaves out what there is not; data becomes text", () => {
    const desk = new Desk([agentStep("a", { skill: "sk", action: "sum up", prompt: "{{parameters.data}}" })], [], {
      parameters: { data: { x: [1] } },
    });
    desk.accept();
    expect(held(desk, "a")).toMatchObject({
      ...{ action: "sum up", prompt: '{"x":[1]}', input: null, role: { name: "sk", known: false } },
    });
    for (const field of ["worker", "title", "outputSchema", "plan"]) {
      expect(held(desk, "a")).not.toHaveProperty(field);
    }
  });

  test("an assignment gives the error of the previous attempt", () => {
    const desk = new Desk([agentStep("a", {}, { retry: { retries: 1, delay: 0 } })]);
    desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no pen", output: "half" });
    desk.accept();
    expect(held(desk, "a").trace).toEqual([
      {
        ...{ attempt: 1, agent: "ag", since: iso(desk), ended: "failed", at: iso(desk) },
        ...{ reason: "agent_failed", message: "no pen", output: "half" },
      },
    ]);
    expect(held(desk, "a").attempt).toBe(2);
  });
});

describe("handoffs of an assignment", () => {
  test("handoffs come from the nearest agent steps upstream, across commands, in the order of completion", () => {
    const steps = [agentStep("far"), agentStep("a"), { id: "x" }, { id: "y" }, agentStep("b"), agentStep("c")];
    const desk = new Desk(steps, edges("far → a", "a → x", "x → y", "y → c", "b → c"));
    deliver(desk, "b", { context: { said: "b" } });
    deliver(desk, "far", { output: "far" });
    deliver(desk, "a", { output: "a" });
    desk.end("x");
    desk.end("y");
    desk.accept({ stepId: "c" });
    const at = new Date(desk.now).toISOString();
    expect(held(desk, "c").handoffs).toEqual([
      { from: "ag", to: "ag", step: "a", at, output: "a", evidence: "reported" },
      { from: "ag", to: "ag", step: "b", at, context: { said: "b" }, evidence: "reported" },
    ]);
  });

  test("handoffs skip a failed agent for the agents before it, and end with the transfer of the step itself", () => {
    const steps = [agentStep("a"), agentStep("b"), agentStep("c", { agent: "mender" })];
    const desk = new Desk(steps, edges("a → b", "b → c: failure"));
    deliver(desk, "a", { output: "made" });
    desk.ask({ action: "fail", assignment: desk.accept({ stepId: "b" })[0]!, reason: "no" });
    const to = { kind: "agent" as const, name: "other" };
    desk.ask({ action: "transfer", assignment: desk.accept()[0]!, to, context: { seen: 1 }, reason: "not mine" });
    desk.accept();
    expect(held(desk, "c").handoffs).toMatchObject([
      { from: "ag", to: "other", step: "a", output: "made" },
      { from: "mender", to: "other", step: "c", context: { seen: 1 }, reason: "not mine" },
    ]);
    expect(held(desk, "c").handoffs).toHaveLength(2);
  });

  test("each upstream agent step gives one handoff; a fallback command gives none", () => {
    const steps = [
      agentStep("a"),
      { id: "x" },
      { id: "y" },
      agentStep("f", { fallback: [{ command: "true" }] }),
      agentStep("c"),
    ];
    const desk = new Desk(steps, edges("a → x", "a → y", "x → c", "y → c", "a → f", "f → c"));
    deliver(desk, "a");
    desk.end("x");
    desk.end("y");
    desk.ask({ action: "fail", assignment: desk.accept({ stepId: "f" })[0]!, reason: "no" });
    desk.end("f");
    desk.accept();
    expect(held(desk, "c").handoffs.map(({ step }) => step)).toEqual(["a"]);
  });
});

test("of a check that went one way here and another way there, no outcome is told", () => {
  const desk = new Desk([agentStep("a")]);
  desk.accept();
  desk.step("a").baseline = {
    checks: [
      { check: "npm test", outcome: "passed" },
      { check: "npm test", outcome: "failed", workingDirectory: "web" },
      { check: "lint", outcome: "passed" },
    ],
  };
  expect(held(desk, "a").before).toEqual({ lint: "passed" });
});
