import pc from "picocolors";
import { describe, test } from "vitest";
import { drawable } from "../../src/cli/drawable.ts";
import { renderFailure } from "../../src/cli/render.ts";
import { stepLine } from "../../src/operations/run/run-print.ts";
import { renderExplanation, renderPlan } from "../../src/operations/workflow/plan-print.ts";
import { commandOutput } from "../rig/command-output.ts";
import { holdsItsLines } from "../rig/forged.ts";
import { answersOf, runOf } from "../rig/shown.ts";

const colors = pc.createColors(false);

describe("untrusted text cannot forge a line of Baton's at a terminal", () => {
  test.each([
    ...["status", "list", "run flow.yaml --dry-run"],
    ...["checkpoint list", "checkpoint show cp", "templates list", "templates show x", "templates versions x"],
    ...[
      "templates save x --confirm",
      "session list",
      "session show",
      "session finish",
      "route goal",
      "build goal --detach",
      "registry",
      "doctor",
    ],
  ])("%s", (line) => {
    holdsItsLines((text) => commandOutput(line.split(" "), answersOf(text)));
  });

  test.each<[string, (answers: Readonly<Record<string, never>>) => string]>([
    ["validate", (answers) => renderPlan(answers["run.execute"]!, colors)],
  ])("%s", (_, draw) => {
    holdsItsLines((text) => draw(drawable(answersOf(text)) as never));
  });

  test("a running step, whose texts stepLine escapes itself", () => {
    for (const id of ["a", "b", "c", "d"]) holdsItsLines((text) => stepLine(runOf(text), id, colors, 4));
  });

  test("a failure, and an explained workflow", () => {
    holdsItsLines((text) => {
      const at = { file: text, line: 1 };
      const mistakes = [{ severity: "error" as const, code: "syntax" as const, message: text, hint: text, at }];
      return renderFailure(
        drawable({ kind: "failed", reason: "io_error", message: `it says: ${text}`, hint: `do: ${text}`, mistakes }),
        colors,
      );
    });
    holdsItsLines((text) => {
      const steps = [{ id: "a", name: text, type: "command", config: { command: text }, description: text }];
      const shown = drawable({ workflow: { name: text, steps }, edges: [{ step: "b", after: "a", because: text }] });
      return renderExplanation(shown as never, colors)
        .join("\n")
        .replaceAll(/^ +.*$/gm, "");
    });
  });
});
