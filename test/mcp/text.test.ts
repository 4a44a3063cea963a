import { describe, expect, test } from "vitest";
import { MAX_ANSWER_CHARACTERS, respond, respondFailure, respondUnexpected } from "../../src/mcp/respond.ts";
import { answerText } from "../../src/mcp/text.ts";
import { toolsOf } from "../../src/mcp/tools/index.ts";
import { ok } from "../../src/model/data/result.ts";
import { findCapabilities } from "../../src/operations/capability/find.ts";
import { deleteCheckpoint } from "../../src/operations/checkpoint/delete.ts";
import { listCheckpoints } from "../../src/operations/checkpoint/list.ts";
import { restoreCheckpoint } from "../../src/operations/checkpoint/restore.ts";
import { showCheckpoint } from "../../src/operations/checkpoint/show.ts";
import { operations } from "../../src/operations/index.ts";
import type { ToolOperation } from "../../src/operations/operation.ts";
import { runStatus } from "../../src/operations/run/status.ts";
import { listSessions } from "../../src/operations/session/list.ts";
import { sessionMenu } from "../../src/operations/session/menu.ts";
import { previewRouting } from "../../src/operations/session/route.ts";
import { sessionStatus } from "../../src/operations/session/status.ts";
import { deleteTemplate } from "../../src/operations/template/delete.ts";
import { listTemplates } from "../../src/operations/template/list.ts";
import { saveTemplate } from "../../src/operations/template/save.ts";
import { showTemplate } from "../../src/operations/template/show.ts";
import { listVersions } from "../../src/operations/template/versions.ts";
import {
  CAPABILITIES,
  CHECKPOINTS,
  FAILURES,
  manyMistakes,
  RESTORE_PREVIEW,
  ROUTING,
  SESSION_LIST,
  SESSIONS,
  TEMPLATE,
  TEMPLATE_SAVINGS,
  TEMPLATE_VERSIONS,
  TEMPLATES,
} from "../rig/answers.ts";
import { answerAbout, paused } from "../rig/played-runs.ts";

/** The whole text of an answer. */
function text(answer: object, operation: Pick<ToolOperation, "text"> = { text: () => [] }): string {
  const { body, ending } = answerText(answer, operation);
  return `${body}\n${ending}`;
}

const contentOf = ({ content }: ReturnType<typeof respond>): string =>
  content.map((part) => (part.type === "text" ? part.text : "")).join("\n");

describe("an answer about checkpoints", () => {
  test("lists them, newest first", () => {
    expect(text({ checkpoints: CHECKPOINTS, total: 2, next: "Show one." }, listCheckpoints)).toMatchInlineSnapshot(`
      "2 checkpoints, newest first:
      - cp_0123456789_3 (manual, "before the rewrite") 2026-01-01T00:00:00.000Z
      - cp_0123456789_2 (agent, step review) 2026-01-01T00:00:00.000Z; code aaaaaaaaaa on main, 3 files changed
      Next: Show one."
    `);
    expect(text({ checkpoints: [], total: 0, next: "Create one." }, listCheckpoints)).toMatchInlineSnapshot(`
      "There are no checkpoints yet.
      Next: Create one."
    `);
  });

  test("previews a restore", () => {
    expect(text(RESTORE_PREVIEW, showCheckpoint)).toMatchInlineSnapshot(`
      "cp_0123456789_2 (agent, step review) 2026-01-01T00:00:00.000Z; code aaaaaaaaaa on main, 3 files changed
      Restoring would change: {"state":{"runStatus":{"now":"running","afterwards":"paused"},"totalSteps":1,"steps":[{"stepId":"review","now":"completed","was":"ready"}],"revokedAssignments":[{"stepId":"docs","assignment":"as_x","worker":"ann"}],"killedSteps":["test"]},"code":{"changes":[{"path":"src/app.ts","change":"write"},{"path":"new.ts","change":"delete"}],"conflicts":[{"path":"src/app.ts","why":"modified"}],"kept":[],"totals":{"changes":2,"conflicts":1,"kept":0}}}
      Next: Restore it with force, or leave it."
    `);
  });

  test("shows the restored run and the ref of the saved files", () => {
    const { checkpoint, restoring } = RESTORE_PREVIEW;
    const before = { ref: "refs/baton/before" };
    expect(
      text({ ...answerAbout(paused()), checkpoint, restored: restoring.state, before }, restoreCheckpoint),
    ).toMatchInlineSnapshot(`
      "cp_0123456789_2 (agent, step review) 2026-01-01T00:00:00.000Z; code aaaaaaaaaa on main, 3 files changed
      Restored: {"runStatus":{"now":"running","afterwards":"paused"},"totalSteps":1,"steps":[{"stepId":"review","now":"completed","was":"ready"}],"revokedAssignments":[{"stepId":"docs","assignment":"as_x","worker":"ann"}],"killedSteps":["test"]}
      The earlier state of the files is kept under refs/baton/before.
      wf_0123456789 "release": paused, 2 of 3 steps completed (66%), 2.2 s, rev 7
      Made from the template release@1.2.0.
      Note: Paused on request.
      - build: completed, 1.5 s → built
      - test: completed, 2.2 s
      - review: ready
      Results:
      - built: "dist/app.js"
      Next: monitor_workflow {workflowId: "wf_0123456789", action: "resume"} to continue it, or action "cancel" to end it."
    `);
  });

  test("confirms a deletion", () => {
    const answer = { deleted: "cp_0123456789_3", workflowId: "wf_0123456789", ready: [], next: "Go on." };
    expect(text(answer, deleteCheckpoint)).toMatchInlineSnapshot(`
      "The checkpoint cp_0123456789_3 of wf_0123456789 is deleted.
      Next: Go on."
    `);
  });
});

describe("an answer about sessions", () => {
  test.each(Object.entries(SESSIONS))("%s", (_, session) => {
    expect(text(session, sessionStatus)).toMatchSnapshot();
  });

  test("lists them", () => {
    expect(text({ ...SESSION_LIST, next: "Show one." }, listSessions)).toMatchInlineSnapshot(`
      "- os_0123456789 EXECUTING plan_then_build (wf_0123456789): "migrate the database"
      - os_0000000001 PLANNING build_only: "fix the header"
      Next: Show one."
    `);
  });

  test("shows the menu", () => {
    const operations = [{ name: "build", about: "Build a goal.", workflow: "build_only" }];
    expect(
      text({ recent: SESSION_LIST.sessions, operations, next: "Give a goal." }, sessionMenu),
    ).toMatchInlineSnapshot(`
      "Recent:
      - os_0123456789 EXECUTING plan_then_build (wf_0123456789): "migrate the database"
      - os_0000000001 PLANNING build_only: "fix the header"
      Operations:
      - build: Build a goal. (workflow: "build_only")
      Next: Give a goal."
    `);
  });

  test("shows a routing", () => {
    expect(
      text({ ...ROUTING, note: "The checks come from the settings.", next: "Start it." }, previewRouting),
    ).toMatchInlineSnapshot(`
      "Workflow: plan_then_build (confidence 72%), complexity high, agents planner → builder
      - it changes stored data
      Alternatives: build_only 21%
      Note: The checks come from the settings.
      Next: Start it."
    `);
  });
});

describe("an answer about templates", () => {
  test("lists them, and files that are not taken", () => {
    expect(text(TEMPLATES, listTemplates)).toMatchInlineSnapshot(`
      "2 templates:
      - release@1.2.0, project (also 1.1.0; shadows the one of shipped): "Builds and publishes"
      - audit@1.0.0, shipped: no description
      Refused: broken.yaml: is not YAML
      Next: Run one."
    `);
  });

  test("shows one with parameters, steps, mistakes and text", () => {
    expect(text(TEMPLATE, showTemplate)).toMatchInlineSnapshot(`
      "release@1.2.0, project: "Builds and publishes" ["/repo/release.yaml"]
      Versions: 1.2.0, 1.1.0
      Parameters:
      - tag: string, required, matches "^v" — "the tag to publish"
      - channel: string, default "stable", one of "stable", "beta", a goal alone does not start it with "stable"
      Steps:
      - build, command: "Builds it"
      It is invalid:
      - release.yaml:3: step "build": unknown field "comand"
      Its text:
      | name: release
      | steps: []
      Next: Fix it."
    `);
  });

  test("lists versions", () => {
    expect(text(TEMPLATE_VERSIONS, listVersions)).toMatchInlineSnapshot(`
      "Versions of release:
      - 1.2.0, project (2026-01-01T00:00:00.000Z)
      - 1.2.0, shipped (shadowed by project)
      Next: Show one."
    `);
  });

  test.each(Object.entries(TEMPLATE_SAVINGS))("of a saving that is %s", (_, saving) => {
    expect(text(saving, saveTemplate)).toMatchSnapshot();
  });

  test("confirms a deletion", () => {
    expect(text({ deleted: "release@1.2.0", next: "Go on." }, deleteTemplate)).toMatchInlineSnapshot(`
      "release@1.2.0 is deleted.
      Next: Go on."
    `);
  });
});

test("an answer about capabilities lists the best first, with reasons", () => {
  expect(text({ capabilities: CAPABILITIES, total: 1, next: "Use it." }, findCapabilities)).toMatchInlineSnapshot(`
    "1 capability, best match first:
    - reviewer, agent, project (matches review; lacks security): "Reviews changes" [/repo/.claude/agents/reviewer.md]
    Next: Use it."
  `);
  expect(text({ capabilities: [], total: 0, next: "Search again." }, findCapabilities)).toMatchInlineSnapshot(`
    "No capability.
    Next: Search again."
  `);
});

describe("a failure", () => {
  test.each(Object.entries(FAILURES))("%s says what was wrong and what to do next", (_, failure) => {
    const result = respondFailure(failure);
    expect(result.isError).toBe(true);
    expect(contentOf(result)).toMatchSnapshot();
    expect(result.structuredContent).toMatchSnapshot();
  });

  test("with 60 mistakes lists 40 and counts the rest", () => {
    const lines = contentOf(respondFailure(manyMistakes(60))).split("\n");
    expect(lines.filter((line) => line.startsWith("- release.yaml:"))).toHaveLength(40);
    expect(lines.slice(-2)).toEqual(["- … and 20 more", "Next: Correct the mistakes and call again."]);
  });

  test("that Baton causes says so", () => {
    expect(contentOf(respondUnexpected(new Error("index out of range")))).toMatchInlineSnapshot(`
      "Not done (internal_error): index out of range
      Next: This is an error in Baton, not in your call. Baton keeps everything that it acknowledged; try again, or report the error."
    `);
  });
});

const monitorWorkflow = toolsOf(operations).find(({ name }) => name === "monitor_workflow");

test("a text above the limit is cut before its ending, and says how to get the rest", () => {
  const long = { ...answerAbout(paused()), note: "n".repeat(2 * MAX_ANSWER_CHARACTERS) };
  const content = contentOf(respond(ok(long), runStatus, monitorWorkflow!));
  expect(content).toHaveLength(MAX_ANSWER_CHARACTERS);
  expect(content.split("\n").slice(-2)).toMatchInlineSnapshot(`
    [
      "… cut here: ask with detail: "concise", or read page by page with cursor.",
      "Next: monitor_workflow {workflowId: "wf_0123456789", action: "resume"} to continue it, or action "cancel" to end it.",
    ]
  `);
});
