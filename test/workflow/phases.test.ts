import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { levels } from "../../src/workflow/graph/schedule.ts";
import type { Source } from "../../src/workflow/source/source.ts";
import { everyType, mistakes as mistakesOf, parsed as parsedFrom } from "./command.ts";

const CREW = readFileSync(join(import.meta.dirname, "../fixtures/dialects/crew.yaml"), "utf8");
const crew = (intent?: string): Source => ({ text: CREW, file: "crew.yaml", ...(intent !== undefined && { intent }) });
const parsed = (source: Source) => parsedFrom(source, { stepTypes: everyType });
const mistakes = (source: Source, more = {}) => mistakesOf(source, { stepTypes: everyType, ...more });
const phases = (...list: unknown[]) => ({ value: { name: "w", phases: list } });
function shape(source: Source): string[] {
  const { workflow } = parsed(source);
  return levels(compilePlan(workflow, everyType)).map((level) =>
    level.map((index) => workflow.steps[index]!.id).join(" "),
  );
}

describe("phases of agents", () => {
  it("each agent of a phase is a step, parallel or one after the other; depends_on orders phases", () => {
    const source = phases(
      { name: "plan", agents: ["architect", "Api Designer"], parallel: true },
      { name: "build it", agents: ["builder", "builder", "tester"], depends_on: ["plan"] },
      { name: "write", agents: ["scribe"], parallel: false },
      { name: "show", agents: ["host"], depends_on: ["build it", "write", "write"] },
      { name: "rest", agents: ["host"], depends_on: "show" },
    );
    expect(shape(source)).toEqual([
      ...["plan.architect plan.Api-Designer write.scribe", "build-it.builder", "build-it.builder-2"],
      ...["build-it.tester", "show.host", "rest.host"],
    ]);
    const { workflow } = parsed(source);
    expect(workflow.steps[1]).toMatchObject({ type: "agent", config: { agent: "Api Designer" } });
    expect(workflow.dependencies).toEqual([
      { from: "build-it.builder", to: "build-it.builder-2", reason: "order of the agents in build it" },
      { from: "build-it.builder-2", to: "build-it.tester", reason: "order of the agents in build it" },
      { from: "plan.architect", to: "build-it.builder", reason: "phase depends_on plan" },
      { from: "plan.Api-Designer", to: "build-it.builder", reason: "phase depends_on plan" },
      { from: "build-it.tester", to: "show.host", reason: "phase depends_on build it" },
      { from: "write.scribe", to: "show.host", reason: "phase depends_on write" },
      { from: "show.host", to: "rest.host", reason: "phase depends_on show" },
    ]);
    expect(workflow.limits).toBeUndefined();
  });

  it("a phase may depend on a phase that is written later", () => {
    expect(shape(phases({ name: "b", agents: ["x"], depends_on: ["a"] }, { name: "a", agents: ["y"] }))).toEqual([
      "a.y",
      "b.x",
    ]);
  });

  it("max_concurrent of a phase becomes a limit", () => {
    const source = phases(
      { name: "a", agents: ["x", "y", "z"], parallel: true, max_concurrent: 2 },
      { name: "b", agents: ["x"], max_concurrent: 1 },
    );
    expect(parsed(source).workflow.limits).toEqual([
      { steps: ["a.x", "a.y", "a.z"], max: 2 },
      { steps: ["b.x"], max: 1 },
    ]);
  });

  it("fields of a phase apply to each agent, and the agent may override them", () => {
    const { workflow } = parsed(
      phases({
        ...{
          name: "a",
          prompt: "Look at {{parameters.what}}",
          input: { x: 1 },
          verify: "true",
          timeout: 5,
          retries: 2,
        },
        agents: ["x", { agent: "y", prompt: "Listen", outputKey: "heard" }, { needs: ["tests"] }],
        parallel: true,
      }),
    );
    const shared = { input: { x: 1 }, verify: [{ command: "true" }] };
    expect(workflow.steps).toMatchObject([
      { id: "a.x", timeout: 5, config: { agent: "x", prompt: "Look at {{parameters.what}}", ...shared } },
      { id: "a.y", outputKey: "heard", retry: { retries: 2 }, config: { agent: "y", prompt: "Listen", ...shared } },
      { id: "a.agent-3", config: { needs: ["tests"], ...shared } },
    ]);
  });

  it("fields beside the phases are kept", () => {
    const value = {
      ...{ name: "w", description: "d", timeout: 7, context: { x: 1 } },
      phases: [{ name: "a", agents: ["x"] }],
      errorHandling: { retryPolicy: { maxRetries: 4 } },
    };
    expect(parsed({ value }).workflow).toMatchObject({
      ...{ name: "w", description: "d", timeout: 7, context: { x: 1 } },
      steps: [{ retry: { retries: 4 } }],
    });
  });
});

describe("parallel_coordination and its intents", () => {
  it("the chosen intent becomes the workflow", () => {
    expect(shape(crew("look_intent"))).toEqual(["roof-looker wall-reader cellar-walker"]);
    expect(parsed(crew("look_intent")).workflow).toMatchObject({
      name: "look_intent",
      limits: [{ steps: ["roof-looker", "wall-reader", "cellar-walker"], max: 2 }],
    });
    expect(shape(crew("build_intent"))).toEqual([
      "drawing.drafter drawing.surveyor",
      "raising.mason raising.carpenter",
      "handover.inspector handover.roof-looker",
    ]);
    expect(parsed(crew("build_intent")).workflow.name).toBe("build_intent");
  });

  it("intent beside the block is the default, which a call may override", () => {
    const text = `name: crew\nintent: build_intent\n${CREW}`;
    expect(parsed({ text }).workflow).toMatchObject({ name: "crew", steps: { length: 6 } });
    expect(parsed({ text, intent: "look_intent" }).workflow.steps).toHaveLength(3);
  });

  it("a single intent needs no choice; agents that are not parallel run one after the other", () => {
    const value = { parallel_coordination: { only: { agents: ["a", "b"], prompt: "Look" } } };
    expect(shape({ value })).toEqual(["a", "b"]);
    expect(parsed({ value }).workflow.steps[1]).toMatchObject({ id: "b", config: { agent: "b", prompt: "Look" } });
  });

  it.each<[object, string[]]>([
    [{ parallel_coordination: [] }, ['field "parallel_coordination": must be an object of intents, by name']],
    [{ parallel_coordination: {} }, ['field "parallel_coordination": must be an object of intents, by name']],
    [
      { parallel_coordination: { a: 5 } },
      ['field "parallel_coordination.a": must be an object with "agents" or "phases"'],
    ],
    [
      { parallel_coordination: { a: {}, b: {} } },
      [
        'field "parallel_coordination": the workflow has 2 intents, and the call chooses none: "a", "b". Choose one: file: "…#a", or intent: a beside parallel_coordination.',
      ],
    ],
    [
      { parallel_coordination: { build: {}, b: {} }, intent: "buld" },
      ['field "intent": there is no intent "buld", only "build", "b". Did you mean "build"?'],
    ],
    [{ parallel_coordination: { a: {} }, intent: 5 }, ['field "intent": must be the name of an intent: "a"']],
    [{ parallel_coordination: { a: {} } }, ['field "parallel_coordination.a.agents": "agents" is missing']],
    [
      { parallel_coordination: { a: { agents: ["x"], depends_on: ["y"] } } },
      ['field "parallel_coordination.a.depends_on": "depends_on" belongs to phases, and this workflow has none'],
    ],
    [
      { parallel_coordination: { a: { phases: [{ name: "p", agents: ["x"], depends_on: ["q"] }], timeout: 5 } } },
      [
        'field "parallel_coordination.a.phases[0].depends_on[0]": there is no phase "q". Phases: p.',
        'field "parallel_coordination.a.timeout": unknown field "timeout". Known here: phases. Write fields of agents into a phase, and fields of the workflow beside parallel_coordination.',
      ],
    ],
    [{ phases: [{ name: "p", agents: ["x"] }], intent: "a" }, ['field "intent": unknown field "intent". Known here: ']],
  ])("parallel_coordination is refused: %j", (value, expected) => {
    const found = mistakes({ value });
    expect(found).toHaveLength(expected.length);
    for (const [at, line] of expected.entries()) expect(found[at]!.slice(0, line.length)).toBe(line);
  });

  it("an intent that the workflow does not have is refused", () => {
    const there = (text: string) => mistakes({ text, file: "f.yaml", intent: "look" });
    expect(there("steps: [{ id: a, command: x }]")).toEqual([
      'f.yaml:1:1: field "workflow": there is no intent "look": the workflow has steps. Leave out #look.',
    ]);
    expect(there("skills: [a]")).toEqual([
      'f.yaml:1:1: field "workflow": there is no intent "look": the workflow has skills. Leave out #look.',
    ]);
    expect(mistakes(crew("lok_intent"))).toEqual([
      'crew.yaml:2:3: field "parallel_coordination": there is no intent "lok_intent", only "look_intent", "build_intent". Did you mean "look_intent"?',
    ]);
    expect(there("{}")[0]).toBe('f.yaml:1:1: field "steps": "steps" is missing');
  });
});

describe("mistakes in phases", () => {
  it("each mistake is reported once, at its line and field", () => {
    const text = `name: w
phases:
  - name: one
    agents: [a, 5, b]
    parallel: yes please
    max_concurrent: 0
    promt: x
    timeout: -1
  - name: one
    agents: [c]
  - agents: [d]
  - 7
  - name: ""
    agents: [e]
  - name: two
    agents: []
    depends_on: [on, two, 5, one]
  - name: three
    agents:
      - agent: f
        retires: 2
      - {}
  - name: four
    agents: nobody
    depends_on: threee
    notifications: {}
`;
    expect(mistakes({ text, file: "f.yaml" })).toEqual([
      'f.yaml:4:17: field "phases[0].agents[1]": must be the name of an agent, or an object with "agent"',
      'f.yaml:5:15: field "phases[0].parallel": must be true or false',
      'f.yaml:6:21: field "phases[0].max_concurrent": must be at least 1, not 0',
      'f.yaml:7:5: field "phases[0].promt": unknown field "promt". Did you mean "prompt"?',
      'f.yaml:8:14: field "phases[0].timeout": must be at least 1, not -1. Write whole milliseconds, or text such as "250ms", "5s", "10m", "1h30m", "2d".',
      'f.yaml:9:11: field "phases[1].name": another phase has the name "one" already. Give each phase its own name.',
      'f.yaml:11:5: field "phases[2].name": "name" is missing',
      'f.yaml:12:5: field "phases[3]": must be an object with "name" and "agents"',
      'f.yaml:13:11: field "phases[4].name": must be text that is not empty',
      'f.yaml:16:13: field "phases[5].agents": must be a list of at least one agent',
      'f.yaml:17:18: field "phases[5].depends_on[0]": there is no phase "on". Did you mean "one"?',
      'f.yaml:17:22: field "phases[5].depends_on[1]": phase "two" depends on itself',
      'f.yaml:17:27: field "phases[5].depends_on[2]": must be the name of a phase',
      'f.yaml:21:9: field "phases[6].agents[0].retires": unknown field "retires". Did you mean "retries"?',
      'f.yaml:22:9: field "phases[6].agents[1].agent": the step does not say who performs it. Write agent: <name>, or needs: [<a capability>].',
      'f.yaml:24:13: field "phases[7].agents": must be a list of at least one agent',
      'f.yaml:25:17: field "phases[7].depends_on": there is no phase "threee". Did you mean "three"?',
    ]);
    expect(mistakes(phases({ name: "a", agents: ["x"], notifications: {} }))).toEqual([
      'field "phases[0].notifications": "notifications" is not supported yet',
    ]);
    expect(mistakes({ value: { phases: "x" } })).toEqual(['field "phases": must be a list of phases']);
    expect(mistakes({ value: { phases: [] } })).toEqual(['field "phases": a workflow needs at least one step']);
  });

  it("phases that wait for each other, and parallel agents that do, are refused", () => {
    const ring = phases(
      { name: "a", agents: ["x"], depends_on: ["b"] },
      { name: "b", agents: ["y"], depends_on: ["a"] },
    );
    expect(mistakes(ring)).toEqual([
      'field "phases[0].depends_on[0]": these steps wait for each other: a.x → b.y → a.x. Remove one of these dependencies: a.x → b.y: phase depends_on a; b.y → a.x: phase depends_on b.',
    ]);
    const together = phases({
      ...{ name: "a", parallel: true },
      agents: [
        { agent: "x", outputKey: "k" },
        { agent: "y", input: "{{k}}" },
      ],
    });
    expect(mistakes(together)).toEqual([
      'field "phases[0].agents[1]": "a.x" and "a.y" are declared parallel, but "a.y" waits for "a.x". Remove one of them from "parallel".',
    ]);
  });

  it("phases that make more than 1,000,000 edges are refused", () => {
    const agents = Array.from({ length: 1001 }, (_, at) => `a${at}`);
    const big = phases({ name: "a", agents, parallel: true }, { name: "b", agents, parallel: true, depends_on: ["a"] });
    expect(mistakes(big)).toEqual([
      'field "phases[1].depends_on[0]": more than 1,000,000 edges result from this. Put one step between the two groups to join them.',
    ]);
  });
});

describe("limits", () => {
  const steps = ["a", "b"].map((id) => ({ id, command: "true" }));
  it("limits of a workflow are read", () => {
    const limits = [{ steps: ["a", "b"], max: 1 }];
    expect(parsed({ value: { steps, limits } }).workflow.limits).toEqual(limits);
    expect(parsed({ value: { steps, limits: [] } }).workflow.limits).toBeUndefined();
  });

  it("limits with unknown steps, no steps or a max below 1 are refused", () => {
    const limits = [{ steps: ["a", "c", 5], max: 0 }, { steps: [], mx: 1 }, 5];
    expect(mistakes({ value: { steps, limits } })).toEqual([
      'field "limits[0].steps[2]": must be text, not the number 5',
      'field "limits[0].max": must be at least 1, not 0',
      'field "limits[1].steps": must not be empty',
      'field "limits[1].max": "max" is missing',
      'field "limits[1].mx": unknown field "mx". Did you mean "max"?',
      'field "limits[2]": must be an object, not the number 5',
      'field "limits[0].steps[1]": there is no step "c"',
    ]);
  });
});
