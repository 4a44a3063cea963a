import { expect, test } from "vitest";
import { asCommands, spoken } from "../../src/cli/as-commands.ts";
import { operations } from "../../src/operations/index.ts";

const said = (sentence: string) => asCommands(sentence, operations);

test.each([
  [
    'monitor_workflow {workflowId: "wf_1", action: "logs", stepId: "a b"} to see why',
    "`baton logs wf_1 'a b'` to see why",
  ],
  ['monitor_workflow {workflowId: "wf_1", waitSeconds: 20, since: 4} follows', "`baton status wf_1 --wait 20` follows"],
  [
    'monitor_workflow {workflowId: "wf_1", action: "resume"} to continue it, or action "cancel" to end it.',
    "`baton resume wf_1` to continue it, or `baton cancel wf_1` to end it.",
  ],
  [
    'monitor_workflow {action: "logs", workflowId: "wf_1", stepId: "a"}; then action "restart" with stepId "a".',
    "`baton logs wf_1 a`; then `baton restart wf_1 a`.",
  ],
  ['monitor_workflow {action: "list"} lists the runs.', "`baton list` lists the runs."],
  ['monitor_workflow {workflowId: "…"} shows one', "`baton status <workflowId>` shows one"],
  ["orchestrate {goal} opens a session.", "`baton build <goal>` opens a session."],
  ['orchestrate {sessionId: "os_1"} shows it', "`baton session show os_1` shows it"],
  ['orchestrate {action: "menu"} shows it', 'orchestrate {action: "menu"} shows it'],
  [
    'handoff {action: "complete", assignment: "as_1", output: {"a": 1}} delivers',
    "`baton handoff complete as_1 --output '{\"a\": 1}'` delivers",
  ],
  [
    'checkpoint {action: "restore", checkpointId: "cp_1", dryRun: true} shows it',
    "`baton checkpoint restore cp_1 --dry-run` shows it",
  ],
  ['checkpoint {action: "create", workflowId} makes one', "`baton checkpoint create <workflowId>` makes one"],
  ['`baton list` or monitor_workflow {action: "list"}', "`baton list`"],
  ["steps {id} are no calls", "steps {id} are no calls"],
  ['say action "cancel" alone', 'say action "cancel" alone'],
])("%s", (sentence, command) => {
  expect(said(sentence)).toBe(command);
});

test("only what Baton says is next is spoken so, and no text of others", () => {
  const call = 'monitor_workflow {action: "list"}';
  expect(spoken({ next: call, note: call, briefing: `Goal: ${call}\nNext: ${call}` }, operations)).toEqual({
    next: "`baton list`",
    note: call,
    briefing: `Goal: ${call}\nNext: \`baton list\``,
  });
  expect(spoken({ hint: call }, operations)).toEqual({ hint: "`baton list`" });
});
