import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { indented, onOneLine } from "../../model/text/quoted.ts";
import type { AssignmentView, HandoffView } from "../../model/view.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { answersOf } from "../features/questions.ts";
import { factsOf } from "../state/gate.ts";
import { matchPerformer, schemaOf, targetOf } from "../state/performer.ts";
import { checksOf } from "./checks.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** Everything that a worker needs for its step, from the journal. Nothing is left out or summarised. */
export function assignmentOf(plan: Plan, state: RunState, index: number): AssignmentView {
  const { id, name, description } = plan.workflow.steps[index]!;
  const step = state.steps[index]!;
  const { token, agent, worker, expiresAt } = step.lease!;
  const performer = matchPerformer(targetOf(plan, state, index), agent);
  // Baton rendered it when the step became ready, and its inputs have not changed since.
  const rendered = plan.render(index, factsOf(state));
  const { config: filled, values } = rendered.ok
    ? rendered.value
    : { config: plan.workflow.steps[index]!.config, values: {} };
  const config = filled as WorkerConfig;
  const { prompt, action, input } = config;
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  // Text of the workflow is indented, so no line of it can pass for one of Baton's.
  const parts = [
    `You are "${onOneLine(agent)}", step "${id}" of "${onOneLine(state.name)}".`,
    name !== id && `Its name: ${onOneLine(name)}`,
    description !== undefined && description !== "" && `What it is for:\n${indented(description)}`,
    action !== undefined && `Action: ${onOneLine(text(action))}`,
    prompt !== undefined && text(prompt) !== "" && `What to do:\n${indented(text(prompt))}`,
    performer?.path !== undefined && `Read and follow ${onOneLine(performer.path)}`,
  ];
  return {
    assignment: token,
    workflowId: state.workflowId,
    stepId: id,
    attempt: step.attempt,
    agent,
    worker: worker ?? null,
    prompt: parts.filter((part) => part !== false).join("\n"),
    file: performer?.path ?? null,
    input: (input as JsonValue | undefined) ?? null,
    outputSchema: schemaOf(plan, state, index, agent) ?? null,
    allowedTools: performer?.requestedTools ?? null,
    handoffs: handoffsTo(plan, state, index, agent),
    verify: checksOf(filled).map((check) =>
      "file" in check ? `file ${check.file}` : fillValues(check.command, values),
    ),
    ...(step.rounds && { answers: answersOf(step) }),
    ...(step.error && {
      previous: { reason: step.error.reason, message: step.error.message, output: step.output ?? null },
    }),
    expiresAt: iso(expiresAt),
  };
}

/** A command with its values filled in, for people to read and never to run. A command from data is shown as given. */
export const fillValues = (command: string, values: Readonly<Record<string, string>>): string =>
  command.replaceAll(
    /^sh -c -- "\$\{(BATON_V\d+)\}"$|'"\$\{(BATON_V\d+)\}"'|"\$\{(BATON_V\d+)\}"|\$\{(BATON_V\d+)\}/g,
    (text, ...names: (string | undefined)[]) => values[names.slice(0, 4).find((name) => name !== undefined)!] ?? text,
  );

/**
 * The handoffs that lead to a step: what the nearest agents before it delivered and said, however many commands lie
 * between, and how the step itself was transferred.
 */
function handoffsTo(plan: Plan, state: RunState, index: number, agent: string): HandoffView[] {
  const { steps } = plan.workflow;
  const handoffs: HandoffView[] = [];
  const seen = new Set([index]);
  const queue = [index];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { offsets, list } = plan.predecessors;
    for (let at = offsets[next]!; at < offsets[next + 1]!; at++) {
      const { from } = plan.edges[list[at]!]!;
      if (seen.has(from)) continue;
      seen.add(from);
      const { status, lease, context, output, evidence, endedAt } = state.steps[from]!;
      // A failed step delivered nothing. The nearest agents before it did.
      if (!lease || status !== "completed") queue.push(from);
      else {
        handoffs.push({
          from: lease.agent,
          to: agent,
          step: steps[from]!.id,
          at: endedAt === undefined ? null : iso(endedAt),
          ...(context && { context }),
          ...(output !== undefined && { output }),
          ...(evidence && { evidence }),
        });
      }
    }
  }
  const transfers = (state.steps[index]!.handoffs ?? []).map(
    ({ from, to, at, context, reason }): HandoffView => ({
      ...{ from, to, step: steps[index]!.id, at: iso(at) },
      ...(context && { context }),
      ...(reason !== undefined && { reason }),
    }),
  );
  return [...handoffs.reverse(), ...transfers];
}
