import type { AssignmentView, NoteView, RunView } from "../../src/model/view.ts";
import type { Assignment } from "../../src/run/assignment/assignment.ts";
import { assignmentText } from "../../src/run/assignment/assignment-text.ts";

/** Answers of each kind, in which one text stands for everything that others may write. */
const progress = { completed: 1, settled: 1, total: 2, percentage: 50 };
const time = "2026-01-01T00:00:00.000Z";

export const questionsOf = (text: string) => [
  {
    ...{ workflowId: "wf_0123456789", stepId: "b", agent: text, round: 1, askedAt: time },
    questions: [{ id: "q1", question: text, options: [text, text], default: text }],
  },
];

export const runOf = (text: string): RunView => ({
  ...{ workflowId: "wf_0123456789", name: text, template: text, status: "running", note: text, rev: 3 },
  steps: [
    {
      ...{
        id: "a",
        name: text,
        type: "command",
        status: "failed",
        attempt: 2,
        duration: 5,
        output: text,
      },
      ...{ startTime: time, endTime: time, exitCode: 1, error: { reason: "exit_code", message: text, hint: text } },
    },
    {
      ...{ id: "b", name: text, type: "agent", status: "completed", evidence: "reported", attempt: 1, duration: 5 },
      ...{ startTime: time, endTime: time, output: text, agent: text, worker: text },
    },
    {
      ...{ id: "c", name: text, type: "agent", status: "assigned", attempt: 1 },
      ...{ startTime: time, output: { [text]: text }, agent: text },
    },
    {
      ...{ id: "d", name: text, type: "command", status: "running", attempt: 1 },
      ...{ startTime: time },
    },
  ],
  results: { [text]: text, json: { [text]: [text] } },
  executionLog: [],
  metrics: {
    ...{ totalSteps: 4, completedSteps: 1, failedSteps: 1, skippedSteps: 0, cancelledSteps: 0 },
    ...{ totalDuration: 5, wallDuration: 5, parallelEfficiency: 1 },
  },
  metadata: { startTime: time, timestamp: time },
  progress,
  activeSteps: [
    {
      ...{
        id: "c",
        name: text,
        status: "assigned",
        attempt: 1,
        startTime: time,
        elapsed: 1,
        agent: text,
        worker: text,
      },
      ...{ assignment: "as_x", expiresAt: time, percent: 4, task: text },
      heldBy: { worker: text, since: time, lastSeen: time, expiresAt: time },
    },
    { id: "d", name: text, status: "running", attempt: 1, startTime: time, elapsed: 1, lastLine: text },
  ],
  nextSteps: [],
  ready: [{ workflowId: "wf_0123456789", stepId: "e", agent: text, summary: text }],
  questions: questionsOf(text),
});

export const assignmentViewOf = (text: string): AssignmentView => ({
  ...{ assignment: "as_x", workflowId: "wf_0123456789", stepId: "c", attempt: 1, agent: text, worker: text },
  ...assignmentText(toldAbout(text), { size: 20_000, role: text, call: (part) => `read ${part}`, deliver: "deliver" }),
  ...{ checks: [text], leftOut: [], expiresAt: time },
});

const noteAbout = (text: string): NoteView => ({
  ...{ text, from: text, worker: text, workflowId: "wf_0123456789", stepId: "b", attempt: 1, at: time },
  ...{ kind: "trap", for: [text] },
});

/** Everything that an assignment can tell, made of one text. */
export const toldAbout = (text: string): Assignment => ({
  ...{
    assignment: "as_x",
    workflowId: "wf_0123456789",
    runName: text,
    stepId: "c",
    attempt: 2,
    agent: text,
    worker: text,
  },
  ...{ title: text, description: text, action: text, prompt: text, goal: text, checks: [text], expiresAt: time },
  answers: [{ stepId: "a", round: 1, id: "q1", question: text, answer: text, at: 0 }],
  handoffs: [
    { from: text, to: text, step: "b", at: time, context: { [text]: text }, output: `${text}!`, reason: text },
  ],
  plan: {
    goal: text,
    summary: text,
    scopeIn: [text],
    scopeOut: [text],
    assumptions: [text],
    acceptance: [text],
    decisions: [text],
    breaking: [text],
    stepAcceptance: [text],
    whole: {},
  },
  role: { name: text, path: text, known: false },
  ...{ input: { [text]: text }, outputSchema: { title: text }, outputKnown: false, before: {} },
  notes: [noteAbout(text)],
  trace: [
    {
      ...{ attempt: 1, agent: text, worker: text, since: time, ended: "failed", at: time, reason: "agent_failed" },
      ...{ message: text, said: [text], files: [text], output: text },
    },
  ],
});

const routing = (text: string) => ({
  ...{ label: text, confidence: 0.5, complexity: "low", agents: [text], reasons: ["it says so"], decision: "choose" },
  ...{ alternatives: [{ label: text, confidence: 0.2 }], missing: [{ name: text, type: "string", description: text }] },
  ...{ assessed: { label: text, differs: true }, rules: { label: "build_only" } },
});

const session = (text: string) => ({
  ...{
    sessionId: "os_0123456789",
    goal: text,
    state: "PLANNING",
    routing: routing(text),
    checks: [text],
    learnings: [text],
  },
  ...{ note: text, history: [{ from: "IDLE", to: "PLANNING", at: time, why: text }], learned: [text], next: "go on" },
});

const executing = (text: string) => {
  const { ready, questions, activeSteps, status } = runOf(text);
  const run = { workflowId: "wf_0123456789", status, progress, ready, questions, activeSteps, rev: 3 };
  return { ...session(text), ...run, history: undefined, results: { [text]: text } };
};

const template = (text: string) => ({
  template: {
    ...{
      name: "x",
      version: "1.0.0",
      source: "project",
      path: text,
      description: text,
      versions: ["1.0.0"],
      valid: false,
    },
    parameters: [
      { name: text, type: "string", default: text, enum: [text], pattern: text, confirm: [text], description: text },
    ],
    steps: [{ id: "a", type: "agent", description: text }],
    mistakes: [`it says: ${text}`],
  },
  ...{ text, next: "go on" },
});

/** The answers by operation. */
export const answersOf = (text: string): Readonly<Record<string, object>> => ({
  "run.status": { ...runOf(text), warnings: [`it says: ${text}`], truncated: "much", next: "go on" },
  "run.list": {
    runs: [
      {
        workflowId: "wf_0123456789",
        name: text,
        template: text,
        status: "running",
        startTime: time,
        progress,
        note: text,
      },
    ],
    total: 1,
  },
  "run.logs": {
    ...{ workflowId: "wf_0123456789", stepId: "a", attempt: 1, status: "failed", stdout: text, stderr: text },
    skipped: { stdout: 5, stderr: 0 },
  },
  "run.execute": {
    ...{
      name: text,
      totalSteps: 1,
      widest: 1,
      levels: [["a"]],
      criticalPath: ["a"],
      needs: { parameters: [text], context: [text] },
    },
    ...{ steps: [{ id: "a", command: text }], warnings: [`it says: ${text}`] },
  },
  "handoff.accept": { assignments: [assignmentViewOf(text)], ready: runOf(text).ready },
  "handoff.complete": {
    ...{
      workflowId: "wf_0123456789",
      stepId: "a",
      status: "assigned",
      runStatus: "running",
      progress,
      repeated: true,
    },
    ...{
      error: { reason: "verification_failed", message: text },
      ready: runOf(text).ready,
      questions: questionsOf(text),
    },
  },
  "checkpoint.list": { checkpoints: [checkpointOf(text)], total: 1 },
  "checkpoint.show": {
    checkpoint: checkpointOf(text),
    restoring: {
      state: { totalSteps: 1, steps: [], revokedAssignments: [{ stepId: "a", worker: text }], killedSteps: [] },
      code: {
        totals: { changes: 1 },
        changes: [{ path: text, change: "modified" }],
        conflicts: [{ path: text, why: "modified" }],
      },
    },
    next: "go on",
  },
  "capabilities.find": {
    capabilities: [
      { name: text, kind: "skill", scope: "project", description: text, reason: "it fits", lacks: [], path: text },
    ],
    total: 1,
  },
  "capabilities.show": {
    capability: { name: text, kind: "skill", scope: "project", description: text, path: text, tags: [text] },
  },
  "capabilities.list": {
    records: [{ name: text, kind: "skill", description: text, source: { scope: "plugin", namespace: text } }],
    refusals: [],
  },
  "capabilities.check": {
    ...{ skills: 1, agents: 0, prose: 0 },
    complaints: [{ path: text, line: 3, effect: "refused", code: "x", message: `it says: ${text}`, mend: text }],
  },
  "templates.list": {
    templates: [{ name: "x", version: "1.0.0", source: "project", description: text, others: ["0.9.0"] }],
    ...{ total: 1, refused: [text] },
  },
  "templates.versions": { name: "x", versions: [{ version: "1.0.0", source: "project", path: text }], refused: [text] },
  "templates.save": { saved: "x@1.0.0", done: true, before: "x@0.9.0", difference: text },
  "templates.show": template(text),
  "session.status": session(text),
  "session.start": executing(text),
  "session.finish": { ...session(text), summary: summaryOf(text) },
  "session.route": { ...routing(text), note: text },
  "session.list": { sessions: [{ sessionId: "os_0123456789", state: "PLANNING", workflow: text, goal: text }] },
  "session.menu": {
    recent: [{ sessionId: "os_0123456789", state: "PLANNING", workflow: text, goal: text }],
    operations: [],
  },
});

const summaryOf = (text: string) => ({
  ...{ status: "failed", goal: text, workflow: text, completed: 1, total: 3, evidence: { verified: 1 } },
  steps: [
    {
      id: "a",
      title: text,
      agent: text,
      status: "completed",
      evidence: "verified",
      tries: 2,
      note: text,
      says: text,
    },
    { id: "b", title: text, status: "failed", tries: 1, note: text },
  ],
  leftOut: [{ title: text, why: text }],
  checks: [{ check: text, outcome: "passed", exitCode: 0, before: "failed" }],
  work: {
    ...{ repository: text, total: 3, insertions: 2, deletions: 1, uncommitted: 2, totalCommits: 7 },
    files: [{ path: text, insertions: 2, deletions: 1 }],
    commits: [{ id: "abc", subject: text }],
  },
  ...{ assumptions: [text], openQuestions: [text], deviations: [text], learnings: [text] },
  ...{ results: { [text]: text, other: `${text}.` }, hiddenRefs: 2 },
});

const checkpointOf = (text: string) => ({
  ...{ checkpointId: "cp_0123456789_3", at: time, trigger: "manual", name: text, stepId: "a", codeProblem: text },
});

/** An assignment that tells its work alone. */
export const bareAssignment = (rest: Partial<Assignment> = {}): Assignment => ({
  ...{ assignment: "as_x", workflowId: "wf_0123456789", runName: "test", stepId: "a", attempt: 1, agent: "ag" },
  ...{ prompt: "Do it.", answers: [], handoffs: [], notes: [], trace: [], input: null, outputKnown: false },
  ...{ role: { name: "ag", known: false }, before: {}, checks: [], expiresAt: "2026-01-01T00:00:00.000Z" },
  ...rest,
});
