import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { RestorePreview } from "../../src/model/checkpoint.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { RunLine } from "../../src/model/view.ts";
import type { CapabilityLine } from "../../src/operations/capability/capability-line.ts";
import type { CapabilityReport } from "../../src/operations/capability/capability-report.ts";
import type { CheckpointView } from "../../src/operations/checkpoint/checkpoint-view.ts";
import type { StatePreview } from "../../src/operations/checkpoint/restore-preview.ts";
import type { Failure } from "../../src/operations/refusal.ts";
import type { SessionAnswer } from "../../src/operations/session/session-answers.ts";
import type {
  ShownTemplate,
  TemplateList,
  TemplateSaving,
  TemplateVersions,
} from "../../src/operations/template/template-views.ts";
import type { TrustView } from "../../src/operations/trust/trust-view.ts";
import { type Explanation, type PlanView, planView } from "../../src/operations/workflow/workflows.ts";
import { explainEdges } from "../../src/workflow/check/explain-edges.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";

/** Answers of operations that need no run, or only its id. */
const WORKFLOW_ID = "wf_0123456789";
const TIME = "2026-01-01T00:00:00.000Z";

export const RUN_LINES: readonly RunLine[] = [
  {
    ...{ workflowId: WORKFLOW_ID, name: "release", template: "release@1.2.0", status: "running" },
    ...{ startTime: TIME, progress: { completed: 1, settled: 1, total: 3, percentage: 33 } },
  },
  {
    ...{ workflowId: "wf_0000000001", name: "deploy", status: "paused", startTime: TIME },
    ...{ progress: { completed: 0, settled: 0, total: 1, percentage: 0 }, note: "paused by the user" },
  },
  { workflowId: "wf_0000000002", name: "?", status: "damaged" },
];

const checkpoint: CheckpointView = {
  ...{ checkpointId: "cp_0123456789_3", workflowId: WORKFLOW_ID, rev: 12, at: TIME, trigger: "manual" },
  name: "before the rewrite",
};
const codeCheckpoint: CheckpointView = {
  ...{ checkpointId: "cp_0123456789_2", workflowId: WORKFLOW_ID, rev: 8, at: TIME, trigger: "agent" },
  stepId: "review",
  code: { repository: "/repo", branch: "main", commit: "a".repeat(40), ref: "refs/baton/2", dirty: true, files: 3 },
};
export const CHECKPOINTS = [checkpoint, codeCheckpoint];

const statePreview: StatePreview = {
  runStatus: { now: "running", afterwards: "paused" },
  totalSteps: 1,
  steps: [{ stepId: "review", now: "completed", was: "ready" }],
  revokedAssignments: [{ stepId: "docs", assignment: "as_x", worker: "ann" }],
  killedSteps: ["test"],
};
const codePreview: RestorePreview = {
  changes: [
    { path: "src/app.ts", change: "write" },
    { path: "new.ts", change: "delete" },
  ],
  conflicts: [{ path: "src/app.ts", why: "modified" }],
  kept: [],
  totals: { changes: 2, conflicts: 1, kept: 0 },
};
export const RESTORE_PREVIEW = {
  checkpoint: codeCheckpoint,
  restoring: { state: statePreview, code: codePreview },
  next: "Restore it with force, or leave it.",
};

type Session = SessionAnswer;
type Routing = Pick<Session["routing"], "label" | "confidence" | "complexity" | "agents" | "reasons"> &
  Partial<Session["routing"]> &
  Pick<Session["routing"], "alternatives" | "missing">;

export const ROUTING: Routing = {
  ...{ label: "plan_then_build", confidence: 0.72, complexity: "high", agents: ["planner", "builder"] },
  ...{ reasons: ["it changes stored data"], decision: "go", missing: [] },
  alternatives: [{ label: "build_only", confidence: 0.21 }],
};

/** A session in each state, as `session.status` answers. */
export const SESSIONS = {
  "waits for a parameter": {
    ...{ sessionId: "os_0123456789", goal: "migrate the database", state: "PLANNING", checks: ["npm test"] },
    ...{ learnings: ["Run the migration twice."] },
    routing: { ...ROUTING, missing: [{ name: "version", type: "string", description: "the target version" }] },
    next: 'orchestrate {sessionId: "os_0123456789", parameters: {version: …}}',
  },
  "waits for a choice": {
    ...{ sessionId: "os_0123456789", goal: "migrate the database", state: "PLANNING", checks: [], learnings: [] },
    routing: { ...ROUTING, decision: "choose", question: "Is it plan_then_build (72%) or build_only (21%)?" },
    next: "Ask the user.",
  },
  executing: {
    ...{ sessionId: "os_0123456789", goal: "migrate the database", state: "EXECUTING", checks: ["npm test"] },
    ...{ learnings: [], routing: ROUTING, workflowId: WORKFLOW_ID, status: "running", rev: 5 },
    ...{ progress: { completed: 1, settled: 1, total: 3, percentage: 33 }, questions: [], activeSteps: [] },
    ready: [{ workflowId: WORKFLOW_ID, stepId: "build", agent: "builder", summary: "Build it." }],
    next: "Accept the step.",
  },
  finished: {
    ...{ sessionId: "os_0123456789", goal: "migrate the database", state: "COMPLETED", checks: ["npm test"] },
    ...{ learnings: [], routing: ROUTING, workflowId: WORKFLOW_ID, status: "completed", rev: 9 },
    progress: { completed: 3, settled: 3, total: 3, percentage: 100 },
    summary: {
      ...{ status: "completed", goal: "migrate the database", workflow: "plan_then_build", completed: 3, total: 4 },
      evidence: { verified: 1, checked: 1, reported: 1 },
      steps: [
        {
          id: "a",
          title: "The table",
          agent: "builder",
          status: "completed",
          evidence: "verified",
          tries: 2,
          says: "It has keys.",
        },
        { id: "b", title: "The index", agent: "builder", status: "completed", evidence: "checked", tries: 1 },
        {
          id: "c",
          title: "The note",
          agent: "writer",
          status: "completed",
          evidence: "reported",
          tries: 1,
          note: "no file changed",
        },
      ],
      leftOut: [{ title: "The backup", why: "skipped: nothing to keep" }],
      checks: [
        { check: "npm test", outcome: "passed", exitCode: 0, before: "failed" },
        { check: "npm run lint", outcome: "passed", exitCode: 0, before: "passed" },
      ],
      work: {
        ...{ repository: "/p", total: 2, insertions: 12, deletions: 3, uncommitted: 1 },
        files: [
          { path: "db.sql", insertions: 10, deletions: 0 },
          { path: "a b.md", insertions: 2, deletions: 3 },
        ],
        ...{ commits: [{ id: "1a2b3c4", subject: "Add the table" }], totalCommits: 1 },
      },
      ...{ assumptions: ["one database"], openQuestions: ["Which engine? Assumed: sqlite"], deviations: ["no view"] },
      ...{
        learnings: ["Migrations need a backup."],
        results: { report: "All is well." },
        hiddenRefs: 3,
        refs: "refs/baton/checkpoints/cp_0123456789_*",
      },
    },
    next: "Nothing.",
  },
} as const satisfies Readonly<Record<string, Omit<Partial<Session>, "routing"> & { routing: Routing; next: string }>>;

export const SESSION_LIST = {
  sessions: [
    {
      ...{ sessionId: "os_0123456789", goal: "migrate the database", state: "EXECUTING" },
      ...{ workflow: "plan_then_build", workflowId: WORKFLOW_ID },
    },
    { sessionId: "os_0000000001", goal: "fix the header", state: "PLANNING", workflow: "build_only" },
  ],
};

export const TEMPLATES: TemplateList = {
  templates: [
    {
      ...{ name: "release", version: "1.2.0", source: "project", description: "Builds and publishes" },
      ...{ others: ["1.1.0"], shadows: ["shipped"] },
    },
    { name: "audit", version: "1.0.0", source: "shipped", description: "" },
  ],
  ...{ total: 2, refused: ["broken.yaml: is not YAML"], next: "Run one." },
};
export const TEMPLATE: ShownTemplate = {
  template: {
    ...{ name: "release", version: "1.2.0", source: "project", path: "/repo/release.yaml", valid: false },
    ...{ description: "Builds and publishes", versions: ["1.2.0", "1.1.0"] },
    parameters: [
      { name: "tag", type: "string", required: true, pattern: "^v", description: "the tag to publish" },
      { name: "channel", type: "string", default: "stable", enum: ["stable", "beta"], confirm: ["stable"] },
    ],
    steps: [{ id: "build", type: "command", description: "Builds it" }],
    mistakes: ['release.yaml:3: step "build": unknown field "comand"'],
  },
  ...{ text: "name: release\nsteps: []\n", next: "Fix it." },
};
export const TEMPLATE_VERSIONS: TemplateVersions = {
  name: "release",
  versions: [
    { version: "1.2.0", source: "project", path: "/repo/release.yaml", savedAt: TIME },
    { version: "1.2.0", source: "shipped", path: "/baton/release.yaml", shadowedBy: "project" },
  ],
  next: "Show one.",
};
const difference = "- a\n+ b";
export const TEMPLATE_SAVINGS: Readonly<Record<string, TemplateSaving>> = {
  proposed: { saved: "release@1.3.0", done: false, before: "release@1.2.0", difference, next: "Confirm it." },
  saved: { saved: "release@1.3.0", done: true, before: "release@1.2.0", difference, next: "Run it." },
  first: { saved: "audit@1.0.0", done: true, next: "Run it." },
  unchanged: { saved: "release@1.2.0", done: false, existing: true, next: "Run it." },
};

export const TRUST: Readonly<Record<string, TrustView>> = {
  "of a directory": {
    state: "/repo/.baton",
    runs: [{ workflowId: WORKFLOW_ID, name: "release", why: "another key signed it" }],
    ...{ settings: { maxParallel: 8 }, trusted: false },
  },
  "of a run": {
    state: "/repo/.baton",
    runs: [{ workflowId: WORKFLOW_ID, name: "release", why: "another key signed it" }],
    wouldRun: [{ stepId: "build", type: "command", command: "npm ci\nnpm run build" }],
    trusted: false,
  },
  granted: {
    ...{ state: "/repo/.baton", trusted: true, refusal: "/repo/.baton belongs to another user" },
    runs: [{ workflowId: WORKFLOW_ID, name: "release", why: "another key signed it" }],
  },
};

const mistake = (line: number): Diagnostic => ({
  ...{ severity: "error", code: "unknown_field", message: 'unknown field "comand"', hint: 'Write "command".' },
  at: { file: "release.yaml", line, column: 5, step: "build", field: "comand" },
});
export const FAILURES: Readonly<Record<string, Failure>> = {
  "with mistakes": {
    ...{ kind: "bad_input", reason: "bad_input", message: "2 mistakes in the input" },
    mistakes: [mistake(3), mistake(9)],
  },
  "with a hint": {
    ...{ kind: "refused", reason: "would_overwrite", message: "uncommitted changes would be lost" },
    hint: "Commit them, or use force.",
  },
  "about a run": {
    ...{ kind: "refused", reason: "assignment_over", message: "this assignment is over", workflowId: WORKFLOW_ID },
    ready: [{ workflowId: WORKFLOW_ID, stepId: "build", agent: "builder", summary: "Build it." }],
  },
};
export const manyMistakes = (count: number): Failure => ({
  ...{ kind: "bad_input", reason: "bad_input", message: `${count} mistakes in the input` },
  mistakes: Array.from({ length: count }, (_, index) => mistake(index + 1)),
});

export const CAPABILITIES: readonly CapabilityLine[] = [
  {
    ...{ name: "reviewer", kind: "agent", id: "agent:reviewer", scope: "project", description: "Reviews changes" },
    ...{ reason: "matches review", lacks: ["security"], path: "/repo/.claude/agents/reviewer.md" },
  },
];
export const CHECKUP: CapabilityReport = {
  ...{ skills: 2, agents: 1, prose: 1, state: ["2 runs are not trusted"] },
  complaints: [
    { path: "a/SKILL.md", line: 3, effect: "refused", code: "x", message: "has no name", mend: "Add a name." },
    { path: "b/SKILL.md", effect: "shadowed", code: "shadowed", message: "is hidden by c", mend: "Rename it." },
    { path: "b/SKILL.md", effect: "advice", code: "y", message: "is long", mend: "Shorten it." },
  ],
};

const WORKFLOW_TEXT = `
name: release
parameters: { tag: { type: string, required: true } }
steps:
  - { id: build, command: npm run build }
  - { id: test, command: npm test }
  - { id: publish, command: "npm publish --tag \${{ parameters.tag }}" }
dependencies: [{ from: build, to: publish }, { from: test, to: publish }]
`;

/** The plan of a small workflow, as `run.execute` with `dryRun` and `workflow.validate` answer. */
export function plan(text = WORKFLOW_TEXT): PlanView & Explanation {
  const parsed = parseWorkflow({ text, file: "release.yaml" }, { stepTypes: stepSyntax, maxSteps: 100 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { workflow } = parsed.value;
  const compiled = compilePlan(workflow, stepSyntax);
  const edges = explainEdges(workflow, stepSyntax, []);
  return { ...planView({ parsed: parsed.value, plan: compiled, performers: {}, inferred: [] }), workflow, edges };
}
