import { expect, test } from "vitest";
import type { SessionEvent } from "../../src/model/session.ts";
import type { WorkSince } from "../../src/model/work-tree.ts";
import { foldSession } from "../../src/session/fold.ts";
import { summarise } from "../../src/session/summary.ts";
import { summaryText } from "../../src/session/summary-text.ts";
import { agentStep, Desk, growing, growStep } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";
import { opened } from "../rig/session-event.ts";

const session = (...rest: SessionEvent[]) => foldSession([opened(), ...rest])!;
const summaryOf = (desk: Desk, ...rest: SessionEvent[]) => summarise(session(...rest), desk);
const deliver = (desk: Desk, stepId: string, output: object | string) =>
  desk.ask({ action: "complete", assignment: desk.accept({ stepId })[0]!, output: output as never });

const WORK: WorkSince = {
  ...{ repository: "/p", total: 1, insertions: 3, deletions: 1, uncommitted: 0, commits: [], totalCommits: 0 },
  files: [{ path: "a.ts", insertions: 3, deletions: 1 }],
};

test("a summary has each step by its title and evidence, what is not done, and what agents say", () => {
  const desk = new Desk(
    [
      agentStep("plan", { agent: "planner" }, { name: "The plan", outputKey: "plan" }),
      growStep("build"),
      agentStep("broken", {}, { optional: true, name: "Migration" }),
      { id: "note", description: "Write it down\nin full", condition: "on_success(broken)" },
      { id: "report", outputKey: "report" },
    ],
    edges("plan → build", "build → broken", "broken → note", "build → report"),
  );
  deliver(desk, "plan", {
    ...{
      goal: "g",
      summary: "three parts",
      assumptions: ["cents", " "],
      openQuestions: [{ question: "Tax?", assumed: "no" }],
    },
    deviations: "none",
  });
  const tasks = [
    agentStep("t1", { agent: "builder", prompt: "Fix the login\nnow" }, { name: "Task 1" }),
    agentStep("t2", { prompt: "{{1 + 1}}" }, { name: "Task 2" }),
  ];
  desk.end("build", growing("build", tasks));
  deliver(desk, "t1", {
    summary: "fixed",
    filesChanged: ["a.ts"],
    deviations: ["no view", { text: "a file more" }],
    learnings: ["x"],
  });
  deliver(desk, "t2", { filesChanged: ["a.ts"], deviations: [{ why: 1 }, 7], learnings: ["x"], openQuestions: null });
  desk.step("t1").evidence = "checked";
  desk.step("t2").note = "no file changed";
  desk.ask({ action: "fail", assignment: desk.accept({ stepId: "broken" })[0]!, reason: "no database" });
  desk.end("report", { outcome: "completed", exitCode: 0, output: "All is well.\n" });
  const summary = summaryOf(desk);
  expect(summary).toEqual({
    ...{ status: "completed", goal: "mend it", workflow: "build_only", completed: 4, total: 6 },
    evidence: { reported: 2, checked: 1, observed: 1 },
    steps: [
      {
        id: "plan",
        title: "The plan",
        agent: "planner",
        status: "completed",
        evidence: "reported",
        tries: 1,
        says: "three parts",
      },
      { id: "broken", title: "Migration", agent: "ag", status: "failed", tries: 1, note: "no database" },
      { id: "report", title: "report", status: "completed", evidence: "observed", tries: 1 },
      {
        id: "t1",
        title: "Task 1: Fix the login",
        agent: "builder",
        status: "completed",
        evidence: "checked",
        tries: 1,
        says: "fixed",
      },
      {
        id: "t2",
        title: "Task 2",
        agent: "ag",
        status: "completed",
        evidence: "reported",
        tries: 1,
        note: "no file changed",
      },
    ],
    leftOut: [
      { title: "Migration", why: "failed: no database" },
      { title: "note: Write it down", why: expect.stringMatching(/^skipped: /) },
    ],
    reportedFiles: ["a.ts"],
    assumptions: ["cents"],
    openQuestions: ["Tax? Assumed: no"],
    deviations: ["no view", "a file more", '{"why":1}', "7"],
    learnings: ["x"],
    results: { plan: "three parts", report: "All is well." },
  });
  const text = summaryText(summary);
  expect(text).toContain("completed: mend it (build_only). 4 steps completed: 1 checked, 2 reported, 1 observed.");
  expect(text).not.toContain("verified");
  expect(text).toContain('- "Task 1: Fix the login" (builder): checked; it says "fixed"');
  expect(text).toContain('- "Task 2" (ag): reported, "no file changed"');
  expect(text).toContain('Not done:\n- "Migration": "failed: no database"');
  expect(text).toContain("Files that agents say they changed:\n- a.ts");
  // The plan's step has said it already.
  expect(text).toContain('Results:\n- report: "All is well."');
});

test("a summary tells the checks by how they went last and before", () => {
  const desk = new Desk([agentStep("a"), agentStep("b"), agentStep("c")]);
  for (const id of ["a", "b", "c"]) {
    deliver(desk, id, {});
    desk.pass(1_000);
  }
  desk.step("a").baseline = { checks: [{ check: "npm test", outcome: "failed", exitCode: 1 }] };
  desk.step("a").checks = [{ check: "npm test", outcome: "failed", exitCode: 1 }];
  desk.step("b").checks = [
    { check: "npm test", outcome: "passed", exitCode: 0, before: "passed" },
    { check: "lint", outcome: "passed", exitCode: 0, before: "passed" },
  ];
  desk.step("c").checks = [
    { check: "types", outcome: "unknown" },
    { check: "lint", outcome: "passed", reused: true },
  ];
  const summary = summaryOf(desk);
  expect(summary.checks).toEqual([
    { check: "npm test", outcome: "passed", exitCode: 0, before: "failed" },
    { check: "lint", outcome: "passed", before: "passed" },
    { check: "types", outcome: "unknown" },
  ]);
  expect(summaryText(summary)).toContain(
    [
      "Checks that Baton ran:",
      '- "npm test": passed, exit code 0; failed before',
      '- "lint": passed, as before',
      '- "types": unknown',
    ].join("\n"),
  );
});

test("a summary tells what git says: files, commits, what is not committed, and hidden refs", () => {
  const desk = new Desk([{ id: "a" }]);
  desk.end("a");
  const told = (work: Partial<WorkSince>) =>
    summaryText(summaryOf(desk, { type: "session_finished", at: 9, work: { ...WORK, ...work } }));
  expect(told({})).toContain(
    "1 file changed since the start in /p, by whomever (+3 -1):\n- a.ts +3 -1\nAll of it is committed.",
  );
  expect(told({ uncommitted: 1 })).toMatch(/\nNot committed\.$/);
  expect(told({ files: [], total: 0 })).toMatch(/\nNo file changed in \/p since the start\.$/);
  const commits = Array.from({ length: 6 }, (_, n) => ({ id: `abc${n}`, subject: `Change ${n}` }));
  const files = Array.from({ length: 60 }, (_, n) => ({ path: `f${n}`, insertions: 1, deletions: 0 }));
  const many = told({ files, total: 70, uncommitted: 5, commits, totalCommits: 9 });
  expect(many).toContain('- f19 +1 -0\n- and 50 more\nCommits since the start: abc0 "Change 0", ');
  expect(many).toContain('abc4 "Change 4" and 4 more\nNot committed: 5 of the 70 files.');
  expect(told({ files: [], total: 0, commits: commits.slice(0, 1), totalCommits: 1 })).toMatch(/abc0 "Change 0"$/);

  const gone = summaryOf(desk, { type: "session_finished", at: 9, problem: "the tree is gone" });
  expect(summaryText(gone)).toMatch(/\nGit does not tell what changed: "the tree is gone"$/);
  const never = summaryOf(desk, { type: "session_started", at: 2, problem: "git took too long" });
  expect(never.workUnknown).toBe("git took too long");

  const code = { repository: "/p", commit: "0".repeat(40), ref: "refs/baton/checkpoints/x", dirty: false, files: 0 };
  for (const name of ["one", "two"]) {
    desk.ask({ action: "checkpoint", name });
    desk.state.checkpoints.at(-1)!.code = code;
    expect(summaryText(summaryOf(desk))).toContain(
      name === "one" ? "keeps 1 hidden git ref " : "keeps 2 hidden git refs ",
    );
  }
});

test("the latest end of a session counts for what changed, the first for when it ended", () => {
  const folded = session(
    { type: "session_started", at: 1, problem: "first" },
    { type: "session_started", at: 2 },
    { type: "session_finished", at: 3 },
    { type: "session_finished", at: 4, work: WORK },
  );
  expect(folded).toMatchObject({ finishedAt: 3, finished: { at: 4, work: WORK }, start: { at: 2 } });
  expect(folded.start).not.toHaveProperty("problem");
});

test("a step for a failure that did not come, or that may be missing, is neither counted nor left out", () => {
  const desk = new Desk(
    [
      { id: "a" },
      { id: "mend", condition: "on_failure(a)" },
      { id: "extra", optional: true, condition: "false" },
      { id: "needed", condition: "false" },
    ],
    edges("a → mend"),
  );
  desk.end("a");
  expect(summaryOf(desk)).toMatchObject({
    ...{ completed: 1, total: 2 },
    leftOut: [{ title: "needed", why: "skipped: condition is false: false" }],
  });
});

test("a summary names each task of a step that does several, and what its agent left out", () => {
  const desk = new Desk([agentStep("tasks", {}, { name: "All tasks" })]);
  const output = {
    ...{ summary: "two of three", leftOut: ["the changelog"], breaking: ["total() returns cents"], found: ["a typo"] },
    tasks: [{ task: "Round prices", done: true }, { task: "Add a licence", done: false }, { task: 5, done: true }, 6],
  };
  desk.ask({ action: "complete", assignment: desk.accept()[0]!, output });
  const text = summaryText(summaryOf(desk));
  expect(text).toContain('- "All tasks" (ag): reported; it says "two of three"\n  - "Round prices"');
  expect(text).toContain(
    'Not done:\n- "Add a licence": "its agent says that it is not done"\nLeft out, as its agents say:\n- "the changelog"',
  );
  expect(text).toContain('Stops working for others:\n- "total() returns cents"');
  expect(text).toContain('Found on the way, perhaps mended since:\n- "a typo"');
});

test("a summary lists the findings of a review with its verdict, and the tasks of a breakdown", () => {
  const desk = new Desk([agentStep("breakdown"), agentStep("review")]);
  const tasks = [{ id: "ledger", title: "A ledger" }, { title: "A report" }, { id: "none" }];
  deliver(desk, "breakdown", { summary: "two", epics: [{ features: [{ tasks }, 5] }, { features: "none" }] });
  const findings = [{ severity: "high", title: "No backup", fix: "Add one" }, { title: "A typo" }, { severity: "low" }];
  deliver(desk, "review", { verdict: "changes_needed", summary: "not yet", findings });
  const text = summaryText(summaryOf(desk));
  expect(text).toContain('reported; it says "two"\n  - "to do: ledger: A ledger"\n  - "to do: A report"');
  expect(text).toContain('reported; it says "changes_needed: not yet"\n  - "high: No backup (Add one)"\n  - "A typo"');
});

test("the commands of gates are checks, too", () => {
  const desk = new Desk([{ id: "a" }]);
  desk.end("a");
  const summary = summarise(session(), desk, [{ check: "npm test", outcome: "passed", exitCode: 0 }]);
  expect(summary.checks).toEqual([{ check: "npm test", outcome: "passed", exitCode: 0 }]);
});

test("a summary tells what the person was asked and answered", () => {
  const desk = new Desk([agentStep("a")]);
  const questions = [{ id: "q1", question: "Which currencies?" }];
  desk.ask({ action: "ask", assignment: desk.accept()[0]!, questions });
  desk.ask({ action: "answer", stepId: "a", answers: [["EUR", "USD"]] });
  deliver(desk, "a", "done");
  expect(summaryText(summaryOf(desk))).toContain('Asked and answered:\n- "Which currencies?": "[\\"EUR\\",\\"USD\\"]"');
});

test("the same command in two directories is two checks", () => {
  const desk = new Desk([agentStep("a"), agentStep("b")]);
  for (const id of ["a", "b"]) deliver(desk, id, "done");
  desk.step("a").checks = [{ check: "npm test", outcome: "failed", exitCode: 1 }];
  desk.step("b").checks = [{ check: "npm test", outcome: "passed", exitCode: 0, workingDirectory: "web" }];
  desk.step("b").baseline = { checks: [{ check: "npm test", outcome: "failed" }] };
  expect(summaryOf(desk).checks).toEqual([
    { check: "npm test", outcome: "failed", exitCode: 1 },
    { check: "npm test (in web)", outcome: "passed", exitCode: 0 },
  ]);
});
