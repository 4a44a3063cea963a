import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/model/workflow.ts";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { checksOf } from "../../src/run/state/checks.ts";
import { factsOf } from "../../src/run/state/gate.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const desk = (checks: JsonValue, verify: object[] = [{ commands: "{{parameters.checks}}" }]) =>
  new Desk([agentStep("a", { verify })], [], { parameters: { checks } });
const render = (one: Desk) => {
  const rendered = one.plan.render(0, factsOf(one.state));
  if (!rendered.ok) throw new Error(rendered.error.message);
  return rendered.value;
};

describe("checks that come from data (verify commands)", () => {
  test("commands from data become one check each, passed in variables, and keep their place in verify", () => {
    const rest = { timeout: 5, workingDirectory: "{{parameters.checks[0]}}" };
    const verify = [{ command: "test {{1}}" }, { commands: "{{parameters.checks}}", ...rest }, { file: "f" }];
    const one = desk(["npm test", 'echo "${BATON_V1}"'], verify);
    const { config, values } = render(one);
    expect(checksOf(config, values)).toEqual([
      { command: 'test "${BATON_V1}"' },
      { command: 'sh -c -- "${BATON_V2}"', timeout: 5, workingDirectory: "npm test" },
      { command: 'sh -c -- "${BATON_V3}"', timeout: 5, workingDirectory: "npm test" },
      { file: "f" },
    ]);
    expect(values).toEqual({ BATON_V1: "1", BATON_V2: "npm test", BATON_V3: 'echo "${BATON_V1}"' });
    one.accept();
    expect(assignmentOf(one.plan, one.state, 0).checks).toEqual(["test 1", "npm test", 'echo "${BATON_V1}"', "file f"]);
  });

  test.each<[JsonValue, string[]]>([
    ["npm test", ["npm test"]],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [null, []],
    [[], []],
  ])("the checks %j are shown in the assignment, and decide between reported and verified", (checks, told) => {
    const one = desk(checks);
    const [assignment] = one.accept();
    expect(assignmentOf(one.plan, one.state, 0).checks).toEqual(told);
    one.ask({ action: "complete", assignment: assignment! });
    if (told.length === 0) return expect(one.step("a")).toMatchObject({ status: "completed", evidence: "reported" });
    expect(one.step("a").status).toBe("reported");
    one.end("a");
    expect(one.step("a")).toMatchObject({ status: "completed", evidence: "verified" });
  });

  test("an empty list of commands leaves the other checks of verify", () => {
    const one = desk([], [{ commands: "{{parameters.checks}}" }, { file: "f" }]);
    one.ask({ action: "complete", assignment: one.accept()[0]! });
    expect(one.step("a").status).toBe("reported");
  });

  test.each<[JsonValue, string]>([
    [5, 'gives "5", which is not a command'],
    [{ command: "npm test" }, 'gives "{"command":"npm test"}", which is not a command'],
    [["npm test", ["npm run lint"]], 'gives "["npm run lint"]", which is not a command'],
    [["npm test", " \n"], "gives an empty text, which is not a command"],
    [["npm test", "a\0b"], "gives a command (number 2) that contains a NUL character"],
    ["x".repeat(140_000), "gives a command (number 1) that is 140,000 bytes long"],
    [new Array(101).fill("true"), "gives 101 commands; at most 100 can be checked"],
  ])("%j fails the step with value_refused before any worker accepts it", (checks, message) => {
    const one = desk(checks);
    expect(one.step("a")).toMatchObject({ status: "failed", error: { reason: "value_refused" } });
    expect(one.step("a").error!.message).toContain(`"verify.0.commands", "{{parameters.checks}}", ${message}`);
    expect(one.step("a").error!.hint).toContain("list of commands");
  });

  test("commands from data allow no text around the braces and no unknown name", () => {
    const spliced = desk("true", [{ commands: "npm {{parameters.checks}}" }]);
    expect(spliced.step("a").error).toMatchObject({ reason: "value_refused" });
    const unknown = desk("true", [{ commands: "{{parameters.other}}" }]);
    expect(unknown.step("a").error).toMatchObject({ reason: "expression_error" });
  });
});
