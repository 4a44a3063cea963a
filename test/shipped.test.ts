import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";
import { readCapability } from "../src/catalog/read.ts";
import { stepSyntax } from "../src/engine/steps/index.ts";
import { toolsOf } from "../src/mcp/tools/index.ts";
import { formatDiagnostic } from "../src/model/diagnostic.ts";
import { NAMED_SCHEMAS, SCHEMA_NAMES, type SchemaName } from "../src/model/named-schemas.ts";
import type { WorkerConfig } from "../src/model/worker.ts";
import type { Step } from "../src/model/workflow.ts";
import { operations } from "../src/operations/index.ts";
import { missingContext } from "../src/run/worker/handoff-contract.ts";
import { parseWorkflow } from "../src/workflow/parse.ts";

const tools = toolsOf(operations);

/** The capabilities that ship with Baton are read by other hosts, too, and some of those are strict. */
const root = fileURLToPath(new URL("..", import.meta.url));

interface Shipped {
  readonly path: string;
  /** The name that its path gives. */
  readonly place: string;
  readonly frontmatter: string;
  readonly body: string;
}

function read(path: string): Shipped {
  const [, frontmatter, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(join(root, path), "utf8")) ?? [];
  if (frontmatter === undefined || body === undefined) throw new Error(`${path} has no frontmatter`);
  return {
    path,
    place: path.endsWith("/SKILL.md") ? basename(dirname(path)) : basename(path, ".md"),
    frontmatter,
    body,
  };
}

function fieldsOf({ path, frontmatter }: Shipped, schema: "core" | "failsafe" = "core"): Record<string, unknown> {
  const document = parseDocument(frontmatter, { schema, strict: true, uniqueKeys: true });
  expect([...document.errors, ...document.warnings].map(String), path).toEqual([]);
  return document.toJS({ maxAliasCount: 0 });
}

const agents = readdirSync(join(root, "agents")).map((file) => read(`agents/${file}`));
const skills = readdirSync(join(root, "skills"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => read(`skills/${name}/SKILL.md`));

const Name = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const Description = z
  .string()
  .min(60)
  .max(1024)
  .regex(/\bUse it\b/, "says when");

/** The Agent Skills specification: any other key is an error in its validator. */
const SkillFields = z.strictObject({
  name: Name,
  description: Description,
  license: z.string(),
  compatibility: z.string().max(500).optional(),
});

/**
 * Claude Code's keys, and the one that Baton adds. No `outputSchema`: a workflow that names a shipped agent defines the
 * shape of the output itself, if it needs one.
 */
const AgentFields = z.strictObject({
  name: Name,
  description: Description,
  tools: z.string().regex(/^[A-Za-z_]+(, [A-Za-z_]+)*$/),
  model: z.literal("inherit"),
  capabilities: z.array(z.string().regex(/^[a-z]+$/)).min(1),
});

describe.each([...agents, ...skills])("$path", (shipped) => {
  test("the frontmatter has only allowed keys and values", () => {
    const fields = fieldsOf(shipped);
    (agents.includes(shipped) ? AgentFields : SkillFields).parse(fields);
    expect(fields.name).toBe(shipped.place);
  });

  test("the frontmatter is in block style, which every YAML reader reads alike", () => {
    expect(shipped.frontmatter).not.toMatch(/^\s*(- )?[A-Za-z$]*:? *[[{&*!|>]/m);
    expect(shipped.frontmatter).not.toContain("\t");
    // YAML readers differ about a plain `: ` or ` #` inside a value.
    for (const line of shipped.frontmatter.split("\n"))
      expect(line.replace(/^[ -]*[A-Za-z]+: /, "")).not.toMatch(/: | #/);
  });

  test("a shipped capability fits on a page", () => {
    expect(shipped.body.trim().split("\n").length).toBeLessThanOrEqual(120);
    expect(shipped.body.trim()).toMatch(/^# \S/);
  });
});

test.each([...agents, ...skills])("Baton's registry reads $path without a finding", (shipped) => {
  const { capability, mode, findings } = readCapability(shipped.path, readFileSync(join(root, shipped.path)));
  expect({ mode, findings }).toEqual({ mode: "strict", findings: [] });
  const fields = fieldsOf(shipped);
  expect(capability).toMatchObject({ name: shipped.place, slug: shipped.place, description: fields.description });
  expect(capability?.tags).toEqual(fields.capabilities ?? []);
});

test.each([
  ["agents/builder.md", "builder", "planner"],
  ["agents/builder-python.md", "builder-python", "planner"],
  ["agents/builder-typescript.md", "builder-typescript", "planner"],
  ["skills/orchestration/SKILL.md", "planner", "builder-python"],
  ["skills/orchestration/SKILL.md", "builder", "planner"],
])("%s names all required keys of a handoff from %s to %s", (path, from, to) => {
  const named = [...read(path).body.matchAll(/`([A-Za-z]+)`/g)].map(([, word]) => [word, "said"]);
  expect(missingContext(from, to, Object.fromEntries(named))).toBeUndefined();
});

test("the workflow in the orchestration skill is valid, and names shipped agents", () => {
  const { body } = read("skills/orchestration/SKILL.md");
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(body)!;
  const parsed = parseWorkflow({ text: text! }, { stepTypes: stepSyntax, maxSteps: 100 });
  if (!parsed.ok) throw new Error(parsed.error.map(formatDiagnostic).join("\n"));
  expect(parsed.value.warnings).toEqual([]);
  for (const { config } of parsed.value.workflow.steps) {
    const { agent, needs = [] } = config as WorkerConfig;
    if (agent !== undefined) expect(agents.map(({ place }) => place)).toContain(agent);
    for (const need of needs) expect(agents.flatMap((each) => fieldsOf(each).capabilities)).toContain(need);
  }
});

describe.each(readdirSync(join(root, "workflows")))("workflows/%s", (file) => {
  const text = readFileSync(join(root, "workflows", file), "utf8");
  const parsed = parseWorkflow({ text, file }, { stepTypes: stepSyntax, maxSteps: 100 });

  test("a shipped workflow is valid, and names shipped agents", () => {
    if (!parsed.ok) throw new Error(parsed.error.map(formatDiagnostic).join("\n"));
    expect(parsed.value.warnings).toEqual([]);
    for (const { config } of parsed.value.workflow.steps) {
      const { agent } = config as WorkerConfig;
      if (agent !== undefined) expect(agents.map(({ place }) => place)).toContain(agent);
    }
  });

  test("a shipped workflow and its parameters have descriptions", () => {
    if (!parsed.ok || file === "release-check.yaml") return;
    const { description, version, parameters = [] } = parsed.value.workflow;
    expect({ version, described: description !== undefined }).toEqual({ version: "1.0.0", described: true });
    expect(parameters.length).toBeGreaterThan(0);
    expect(parameters.filter((one) => one.description === undefined)).toEqual([]);
  });
});

/** `tool {argument: value, argument}` as the texts write calls. */
const CALL = /`(\w+) \{([^`]*)\}`/g;
const ACTION = /"(\w+)"/g;

test.each([...agents, ...skills])("$path writes calls with existing actions and arguments", ({ body }) => {
  const calls = [...body.matchAll(CALL)];
  expect(calls.length).toBeGreaterThan(0);
  for (const [text, name, inside] of calls) {
    const { properties } = tools.find((tool) => tool.name === name)?.inputSchema ?? {};
    expect(properties, text).toBeDefined();
    const plain = inside!.replaceAll(/\[[^\]]*\]/g, "[]");
    for (const part of plain.split(","))
      for (const argument of part.split(":")[0]!.split("|"))
        expect(Object.keys(properties!), text).toContain(argument.trim());
    const [, actions = ""] = /action: ([^,]*)/.exec(plain) ?? [];
    for (const [, action] of actions.matchAll(ACTION))
      expect(properties!.action?.enum, `${text}: ${action}`).toContain(action);
  }
});

test("all agents that the four systems name are shipped, and one that reads plans", () => {
  expect(agents.map(({ place }) => place).sort()).toEqual([
    "api-designer",
    "architect",
    "builder",
    "builder-python",
    "builder-typescript",
    "code-reviewer",
    "doc-scribe",
    "perf-optimizer",
    "plan-reviewer",
    "planner",
    "security-scout",
    "validator-test-runner",
  ]);
});

test.each(agents)("$path has the sections of an agent, and allows the handoff tool", (agent) => {
  const sections = [...agent.body.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(["You get", "Work", "Deliver", "Report honestly", "Stop"]);
  expect(agent.body).toContain('handoff {action: "fail", assignment, reason}');
  expect(String(fieldsOf(agent).tools).split(", ")).toEqual(
    expect.arrayContaining(["mcp__baton__handoff", "mcp__plugin_baton_baton__handoff"]),
  );
});

/** The schema that each shipped agent delivers to, unless its step asks for something else. */
const DELIVERS: Readonly<Record<string, SchemaName>> = {
  "api-designer": "report",
  architect: "breakdown",
  builder: "report",
  "builder-python": "report",
  "builder-typescript": "report",
  "code-reviewer": "review",
  "doc-scribe": "report",
  "perf-optimizer": "report",
  "plan-reviewer": "review",
  planner: "plan",
  "security-scout": "review",
  "validator-test-runner": "validation",
};

type Schema = {
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: string[];
  items?: Schema;
  anyOf?: Schema[];
};

/** Every field and every word to choose from that a JSON schema names. */
function wordsOf({ properties = {}, enum: choices = [], items, anyOf = [] }: Schema): Set<string> {
  const inside = [...Object.values(properties), ...anyOf, ...(items ? [items] : [])];
  return new Set([...Object.keys(properties), ...choices, ...inside.flatMap((one) => [...wordsOf(one)])]);
}

/** The fields that a JSON schema requires, also inside the fields that a text names. */
function requiredOf({ properties = {}, required = [], items, anyOf = [] }: Schema, named: readonly string[]): string[] {
  const asked = Object.keys(properties).filter((name) => required.includes(name) || named.includes(name));
  const inside = [...asked.map((name) => properties[name]!), ...(items ? [items] : []), ...anyOf];
  return [...required, ...inside.flatMap((one) => requiredOf(one, named))];
}

const sectionOf = ({ body }: Shipped, title: string): string =>
  new RegExp(`^## ${title}\\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(body)![1]!;

test.each(agents)("$path names fields that its schema has, and every field that it requires", (agent) => {
  const name = DELIVERS[agent.place]!;
  expect(SCHEMA_NAMES).toContain(name);
  const { schema } = NAMED_SCHEMAS[name];
  const words = wordsOf(schema);
  const deliver = [...sectionOf(agent, "Deliver").matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
  expect(deliver.filter((word) => !words.has(word))).toEqual([]);
  expect(requiredOf(schema, deliver).filter((field) => !deliver.includes(field))).toEqual([]);
});

test.each(agents)("$path speaks of fields of its schema elsewhere, too", (agent) => {
  const words = wordsOf(NAMED_SCHEMAS[DELIVERS[agent.place]!].schema);
  const all = new Set(SCHEMA_NAMES.flatMap((name) => [...wordsOf(NAMED_SCHEMAS[name].schema)]));
  const rest = agent.body.replace(sectionOf(agent, "Deliver"), "").replace(sectionOf(agent, "You get"), "");
  const fields = [...rest.matchAll(/`([A-Za-z]+)`/g)].map(([, word]) => word!).filter((word) => all.has(word));
  // Of a plan, a builder knows how a step is checked.
  const known = agent.place === "builder" ? ["verify"] : [];
  expect(fields.filter((word) => !words.has(word) && !known.includes(word))).toEqual([]);
});

/** The fields of the steps of a workflow, and of those inside them. */
function configsOf(configs: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] {
  return configs.flatMap((config) => {
    const { step, written } = config as { step?: Step; written?: Readonly<Record<string, unknown>> };
    return [config, ...configsOf([step?.config, written].filter((one) => one !== undefined))];
  });
}

test("a shipped workflow that asks for a named schema asks the agent whose file describes it", () => {
  const asked = readdirSync(join(root, "workflows")).flatMap((file) => {
    const parsed = parseWorkflow(
      { text: readFileSync(join(root, "workflows", file), "utf8"), file },
      { stepTypes: stepSyntax, maxSteps: 100 },
    );
    if (!parsed.ok) throw new Error(file);
    return configsOf(parsed.value.workflow.steps.map(({ config }) => config)).flatMap((config) => {
      const { agent, output } = config as { agent?: string; output?: { $id?: string } | string };
      const name = typeof output === "string" ? output : output?.$id?.replace("baton:", "");
      return agent !== undefined && name !== undefined ? [`${agent}: ${name}`] : [];
    });
  });
  expect(new Set(asked).size).toBeGreaterThan(4);
  expect(asked.filter((one) => !Object.entries(DELIVERS).some(([agent, name]) => one === `${agent}: ${name}`))).toEqual(
    [],
  );
});
