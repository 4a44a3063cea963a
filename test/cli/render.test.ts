import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { drawable } from "../../src/cli/drawable.ts";
import { failureData, renderFailure } from "../../src/cli/render.ts";
import { durationText } from "../../src/operations/run/progress-text.ts";
import { renderList, renderRun } from "../../src/operations/run/run-print.ts";
import { printTrust } from "../../src/operations/trust/trust-print.ts";
import { renderExplanation, renderPlan } from "../../src/operations/workflow/plan-print.ts";
import {
  CHECKPOINTS,
  CHECKUP,
  FAILURES,
  plan,
  RESTORE_PREVIEW,
  ROUTING,
  RUN_LINES,
  SESSION_LIST,
  SESSIONS,
  TEMPLATE,
  TEMPLATE_SAVINGS,
  TEMPLATE_VERSIONS,
  TEMPLATES,
  TRUST,
} from "../rig/answers.ts";
import { commandOutput } from "../rig/command-output.ts";
import { answerAbout, PLAYED_RUNS, paused } from "../rig/played-runs.ts";

const colors = pc.createColors(false);
const output = (line: string, answers: Readonly<Record<string, object>>) => commandOutput(line.split(" "), answers);

test.each(Object.entries(PLAYED_RUNS))("baton status of a run: %s", (_, play) => {
  expect(renderRun(drawable(answerAbout(play())), colors)).toMatchSnapshot();
});

test("baton list gives one line for each run", () => {
  expect(renderList(RUN_LINES, colors)).toMatchInlineSnapshot(`
    "● wf_0123456789  running           1/3  2026-01-01T00:00:00.000Z  release  release@1.2.0
    ‖ wf_0000000001  paused            0/1  2026-01-01T00:00:00.000Z  deploy  "paused by the user"
    ⚠ wf_0000000002  damaged                                          "?""
  `);
  expect(renderList([], colors)).toBe("There are no runs here yet.");
});

test("baton validate shows levels, critical path and needs", () => {
  expect(renderPlan(plan(), colors)).toMatchInlineSnapshot(`
    "✔ release is valid: 3 steps in 2 levels, at most 2 at a time
        1. build, test
        2. publish
      Critical path: build → publish
      Parameters it needs: tag"
  `);
});

test("baton validate --explain shows the parsed workflow and the reason for each edge", () => {
  expect(renderExplanation(plan(), colors).join("\n")).toMatchInlineSnapshot(`
    "
    The parsed workflow

    name: release
    steps:
      - id: build
        name: build
        type: command
        config:
          command: npm run build
        retry:
          retries: 0
          delay: 1000
          multiplier: 1
        onCrash: retry
        optional: false
      - id: test
        name: test
        type: command
        config:
          command: npm test
        retry:
          retries: 0
          delay: 1000
          multiplier: 1
        onCrash: retry
        optional: false
      - id: publish
        name: publish
        type: command
        config:
          command: npm publish --tag \${{ parameters.tag }}
        retry:
          retries: 0
          delay: 1000
          multiplier: 1
        onCrash: retry
        optional: false
    dependencies:
      - from: build
        to: publish
      - from: test
        to: publish
    context: {}
    parameters:
      - name: tag
        type: string
        required: true

    Where the edges come from

    publish after build: dependencies[0]
    publish after test: dependencies[1]"
  `);
});

test.each(Object.entries(FAILURES))("a failure %s, as text and as JSON", (_, failure) => {
  expect(renderFailure(failure, colors)).toMatchSnapshot();
  expect(failureData(failure)).toMatchSnapshot();
});

test.each([
  [0, "0.0 s"],
  [59_940, "59.9 s"],
  [60_000, "1 m 0 s"],
  [3_599_999, "59 m 59 s"],
  [3_660_000, "1 h 1 m"],
])("a duration of %i ms is %s", (ms, shown) => {
  expect(durationText(ms)).toBe(shown);
});

describe("baton checkpoint", () => {
  test("list shows one line for each checkpoint", () => {
    expect(output("checkpoint list", { "checkpoint.list": { checkpoints: CHECKPOINTS } })).toMatchInlineSnapshot(`
      "cp_0123456789_3       2026-01-01T00:00:00.000Z  manual  "before the rewrite"
      cp_0123456789_2       2026-01-01T00:00:00.000Z  agent   step review; code aaaaaaaaaa, 3 changed"
    `);
    expect(output("checkpoint list", { "checkpoint.list": { checkpoints: [] } })).toBe("There are no checkpoints yet.");
  });

  test("show previews the restore of state and code", () => {
    expect(output("checkpoint show cp", { "checkpoint.show": RESTORE_PREVIEW })).toMatchInlineSnapshot(`
      "cp_0123456789_2       2026-01-01T00:00:00.000Z  agent   step review; code aaaaaaaaaa, 3 changed
      Restoring would change 1 step and leave the run paused
        review: completed → ready
        docs: ann loses its assignment
        test: its process is ended
      and 2 files
        write src/app.ts
        delete new.ts
        uncommitted: src/app.ts (modified)
      Restore it with force, or leave it."
    `);
  });

  test("restore shows the run and the ref of the saved files", () => {
    const restored = { ...answerAbout(paused()), before: { ref: "refs/baton/before" } };
    expect(output("checkpoint restore cp", { "checkpoint.restore": restored })).toMatchInlineSnapshot(`
      "‖ release  wf_0123456789  paused
        made from the template release@1.2.0
        note: Paused on request.
        ✔ build   completed    1.5 s
        ✔ test    completed    2.2 s
        · review  ready
        2 of 3 steps completed; 2.2 s in all
      The earlier state of the files is kept under refs/baton/before."
    `);
  });
});

describe("baton session", () => {
  test.each(Object.entries(SESSIONS))("show of a session: %s", (_, session) => {
    expect(output("session show", { "session.status": session })).toMatchSnapshot();
  });

  test("list shows one line for each session", () => {
    expect(output("session list", { "session.list": SESSION_LIST })).toMatchInlineSnapshot(`
      "os_0123456789  EXECUTING  plan_then_build   wf_0123456789  "migrate the database"
      os_0000000001  PLANNING   build_only          "fix the header""
    `);
  });

  test("route shows the workflow, its reasons and the alternatives", () => {
    expect(output("route goal", { "session.route": ROUTING })).toMatchInlineSnapshot(`
      "plan_then_build  72%, complexity high, planner → builder
        it changes stored data
        alternatives: build_only 21%"
    `);
  });
});

describe("baton templates", () => {
  test("list shows one line for each template", () => {
    expect(output("templates list", { "templates.list": TEMPLATES })).toMatchInlineSnapshot(`
      "release@1.2.0  project  "Builds and publishes"; also 1.1.0
      audit@1.0.0    shipped
      refused: broken.yaml: is not YAML"
    `);
  });

  test("show gives parameters, mistakes and text", () => {
    expect(output("templates show x", { "templates.show": TEMPLATE })).toMatchInlineSnapshot(`
      "release@1.2.0  project  /repo/release.yaml
        "Builds and publishes"
        Versions: 1.2.0, 1.1.0
        --param tag=…  string, required  "the tag to publish"
        --param channel=…  string, default "stable"
        "release.yaml:3: step \\"build\\": unknown field \\"comand\\""

      | name: release
      | steps: []"
    `);
  });

  test("versions shows where each version comes from", () => {
    expect(output("templates versions x", { "templates.versions": TEMPLATE_VERSIONS })).toMatchInlineSnapshot(`
      "1.2.0       project  /repo/release.yaml
      1.2.0       shipped  /baton/release.yaml  (shadowed by project)"
    `);
  });

  test.each(Object.entries(TEMPLATE_SAVINGS))("save: %s", (_, saving) => {
    expect(output("templates save x", { "templates.save": saving })).toMatchSnapshot();
  });
});

test("baton trust: shows a command of several lines in its lines", () => {
  const [view] = Object.values(TRUST).filter(({ runs, wouldRun }) => runs.length > 0 && wouldRun !== undefined);
  const wouldRun = [{ stepId: "install", type: "command", command: "npm ci\nnpm run build\u001b[2J" }];
  const shown = printTrust({ ...view!, trusted: false, wouldRun }, colors);
  expect(shown).toContain("  | install (command): npm ci\n  | npm run build\\u001b[2J");
});

test.each(Object.entries(TRUST))("baton trust: %s", (_, view) => {
  expect(printTrust(view, colors)).toMatchSnapshot();
});

test("baton doctor groups complaints by what happened to the file", () => {
  expect(output("doctor", { "capabilities.check": CHECKUP })).toMatchInlineSnapshot(`
    "! 2 runs are not trusted
    Refused (1)
      a/SKILL.md:3: has no name. Add a name.
    Shadowed by a stronger file of the same name (1)
      b/SKILL.md: is hidden by c. Rename it.
    ! 2 skills and 1 agent.
      1 file without frontmatter, ignored as prose.
      1 hint about other loaders that may refuse a file; baton doctor --json lists them."
  `);
});

test("baton registry without capabilities says so", () => {
  expect(output("registry", { "capabilities.list": { records: [], refusals: [] } })).toBe(
    "There are no skills or agents here.",
  );
});
