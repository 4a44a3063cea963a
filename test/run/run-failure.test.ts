import { expect, test } from "vitest";
import { notFound, problemFailure, untrustedStateFailure } from "../../src/run/run-failure.ts";

test.each([
  ["newer_format", "newer_format", undefined],
  ["foreign", "foreign", "`baton trust wf_1`"],
  ["quarantined", "damaged", "`baton resume wf_1 --force`"],
  ["corrupt", "damaged", "`baton resume wf_1 --force`"],
] as const)("problemFailure of a %s run has the reason %s and says what to do", (kind, reason, command) => {
  const failure = problemFailure("wf_1", { kind, message: "it is so" });
  expect(failure).toMatchObject({ reason, workflowId: "wf_1" });
  expect(failure.message).toContain("it is so");
  if (command !== undefined) expect(failure.hint).toContain(command);
});

test("notFound and untrustedStateFailure name what is missing, and where to look", () => {
  expect(notFound("wf_1")).toMatchObject({ reason: "not_found", message: 'there is no run "wf_1" here' });
  expect(untrustedStateFailure("it belongs to another user")).toMatchObject({ reason: "untrusted_state" });
});
