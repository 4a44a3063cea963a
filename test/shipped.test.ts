import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";

/** The capabilities that ship with Baton are read by other hosts, too, and some of those are strict. */
const root = fileURLToPath(new URL("..", import.meta.url));

interface Shipped {
  readonly path: string;
  /** What its place says it is called. */
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

/** Claude Code's keys, and the two that Baton adds. */
const AgentFields = z.strictObject({
  name: Name,
  description: Description,
  tools: z.string().regex(/^[A-Za-z_]+(, [A-Za-z_]+)*$/),
  model: z.literal("inherit"),
  capabilities: z.array(z.string().regex(/^[a-z]+$/)).min(1),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
});

describe.each([...agents, ...skills])("$path", (shipped) => {
  test("keeps to the format", () => {
    const fields = fieldsOf(shipped);
    (agents.includes(shipped) ? AgentFields : SkillFields).parse(fields);
    expect(fields.name).toBe(shipped.place);
  });

  test("is written in block style, which every YAML reader takes the same way", () => {
    expect(shipped.frontmatter).not.toMatch(/^\s*(- )?[A-Za-z$]*:? *[[{&*!|>]/m);
    expect(shipped.frontmatter).not.toContain("\t");
    // A plain `: ` or ` #` inside a value is where readers part.
    for (const line of shipped.frontmatter.split("\n"))
      expect(line.replace(/^[ -]*[A-Za-z]+: /, "")).not.toMatch(/: | #/);
  });

  test("fits on a page", () => {
    expect(shipped.body.trim().split("\n").length).toBeLessThanOrEqual(120);
    expect(shipped.body.trim()).toMatch(/^# \S/);
  });
});

test("all agents that the four systems name are here", () => {
  expect(agents.map(({ place }) => place).sort()).toEqual([
    "api-designer",
    "architect",
    "builder",
    "builder-python",
    "builder-typescript",
    "code-reviewer",
    "doc-scribe",
    "perf-optimizer",
    "planner",
    "security-scout",
    "validator-test-runner",
  ]);
});

test.each(agents)(
  "$path says what it gets, delivers, and when it stops; and may call the tool it delivers with",
  (agent) => {
    const sections = [...agent.body.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(sections).toEqual(["You get", "Work", "Deliver", "Report honestly", "Stop"]);
    expect(agent.body).toContain('handoff {action: "complete", assignment, output}');
    expect(agent.body).toContain('handoff {action: "fail", assignment, reason}');
    expect(String(fieldsOf(agent).tools).split(", ")).toEqual(
      expect.arrayContaining(["mcp__baton__handoff", "mcp__plugin_baton_baton__handoff"]),
    );
  },
);

const built = {
  summary: "The login page is there, and its form is checked.",
  filesChanged: ["src/login.ts", "test/login.test.ts"],
  testsRun: [{ command: "npm test", exitCode: 0 }],
  stepsDone: ["form"],
  deviations: [],
};
const finding = {
  severity: "high",
  file: "src/login.ts",
  line: 12,
  title: "The redirect goes wherever the caller says",
  detail: "next=https://elsewhere.example is followed without a check.",
  fix: "Allow paths of this site only.",
  certainty: "confirmed",
};

/** By agent: what it might deliver, and how that could be wrong. */
const deliverables: Record<string, { right: object; wrong: Record<string, unknown> }> = {
  planner: {
    right: {
      goal: "Add a login page",
      summary: "A form, its check, and a test.",
      scope: { in: ["the page"], out: ["password reset"] },
      steps: [
        { id: "form", title: "The form", work: "New file src/login.ts", files: ["src/login.ts"], verify: "npm test" },
        { id: "docs", title: "The guide", work: "A section", dependsOn: ["form"], verify: "npm run docs" },
      ],
      assumptions: ["Sessions stay as they are."],
      openQuestions: [],
      confidence: 0.8,
    },
    wrong: { steps: [{ id: "form", title: "The form", work: "Write it" }], confidence: "high", scope: ["the page"] },
  },
  builder: { right: built, wrong: { testsRun: [{ command: "npm test", passed: true }], filesChanged: 2 } },
  "builder-python": { right: built, wrong: { testsRun: ["pytest"], summary: null } },
  "builder-typescript": { right: built, wrong: { testsRun: undefined } },
  architect: {
    right: {
      summary: "Two epics.",
      decisions: [{ decision: "One database", reason: "One team", rejected: "One for each service" }],
      epics: [
        {
          id: "accounts",
          title: "Accounts",
          outcome: "People can sign in.",
          features: [
            {
              id: "login",
              title: "Login",
              tasks: [
                {
                  id: "login-form",
                  title: "Form",
                  acceptance: "A test signs in.",
                  dependsOn: [],
                  needs: ["typescript"],
                },
              ],
            },
          ],
        },
      ],
      risks: ["The old accounts could not be looked at."],
    },
    wrong: {
      epics: [
        { id: "a", title: "A", outcome: "x", features: [{ id: "b", title: "B", tasks: [{ id: "c", title: "C" }] }] },
      ],
      decisions: ["One database"],
    },
  },
  "code-reviewer": {
    right: {
      verdict: "changes_needed",
      summary: "One finding.",
      findings: [finding],
      reviewed: ["src/login.ts"],
      notReviewed: [],
    },
    wrong: { verdict: "looks good", findings: [{ ...finding, severity: "urgent" }], notReviewed: undefined },
  },
  "security-scout": {
    right: {
      summary: "One way in.",
      findings: [{ ...finding, weakness: "CWE-601" }],
      checked: ["the routes"],
      notChecked: ["dependencies: no network"],
    },
    wrong: { findings: [{ ...finding, certainty: "sure" }], checked: true, notChecked: undefined },
  },
  "validator-test-runner": {
    right: {
      status: "failed",
      summary: "One of forty fails.",
      commands: [{ command: "npm test", exitCode: 1, passed: 39, failed: 1, skipped: 0 }],
      failures: [{ name: "signs in", message: "expected 200, got 500", command: "npm test", existedBefore: false }],
      notRun: [{ what: "browser tests", why: "no browser here" }],
    },
    wrong: { status: "mostly", commands: [{ command: "npm test" }], notRun: undefined },
  },
};

describe("what is delivered", () => {
  const withSchema = agents.filter((agent) => fieldsOf(agent).outputSchema !== undefined);
  const schemaOf = (agent: Shipped) => fieldsOf(agent).outputSchema as Record<string, unknown>;

  test("is fixed for those whose output others build on", () => {
    expect(withSchema.map(({ place }) => place).sort()).toEqual(Object.keys(deliverables).sort());
  });

  test.each(withSchema)("$place: its schema takes what is right and refuses what is wrong", (agent) => {
    const schema = z.fromJSONSchema(schemaOf(agent));
    const { right, wrong } = deliverables[agent.place]!;
    expect(schema.safeParse(right).error?.issues).toBeUndefined();
    expect(Object.keys(wrong)).not.toEqual([]);
    for (const [key, value] of Object.entries(wrong))
      expect(schema.safeParse({ ...right, [key]: value }).success, `${key}: ${JSON.stringify(value)}`).toBe(false);
    for (const key of schemaOf(agent).required as string[])
      expect(schema.safeParse({ ...right, [key]: undefined }).success, `without ${key}`).toBe(false);
  });

  test.each(withSchema)(
    "$place: its schema is small, and the same to readers that take every scalar for text",
    (agent) => {
      expect(fieldsOf(agent, "failsafe").outputSchema).toEqual(schemaOf(agent));
      expect(JSON.stringify(schemaOf(agent)).length).toBeLessThan(3000);
    },
  );

  test.each(withSchema)("$place: its text names every field that must be there", (agent) => {
    for (const key of schemaOf(agent).required as string[]) expect(agent.body).toContain(`\`${key}`);
  });

  test("builders deliver the same, whatever their language", () => {
    const [first, ...others] = withSchema.filter(({ place }) => place.startsWith("builder")).map(schemaOf);
    expect(others).toHaveLength(2);
    for (const other of others) expect(other).toEqual(first);
  });
});
