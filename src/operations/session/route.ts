import { resolve } from "node:path";
import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import type { Routing } from "../../model/routing.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { justDoIt } from "./just-do-it.ts";
import { findRoutableTemplate } from "./routable-templates.ts";
import { routeGoal } from "./route-goal.ts";
import { reasonToConfirm } from "./run-inputs.ts";
import type { RoutingAnswer } from "./session-answers.ts";
import { goalFields } from "./session-fields.ts";
import { printRouting } from "./session-print.ts";
import { routingAnswerLines } from "./session-text.ts";

/** Only answers. Nothing starts, and nothing is remembered. */
export const previewRouting = defineOperation({
  name: "session.route",
  summary: "show which workflow Baton would choose for a goal, and why; starts nothing",
  effect: "read",
  input: z.object(goalFields),
  tool: { name: "orchestrate", action: "route", unlisted: ["backlog"] },
  async handle(input, app): Promise<Result<RoutingAnswer, Failure>> {
    const routing = await routeGoal(input, app);
    const template = findRoutableTemplate(routing.label, app, resolve(app.cwd, input.cwd ?? "."));
    const reason = await reasonToConfirm({ ...routing, goal: input.goal, routing, demanded: false }, template, app);
    const small = justDoIt(input, routing, app);
    if (small) return ok({ ...routing, note: `orchestrate {goal} starts nothing: ${small.reason}.`, next: small.next });
    const note = reason === undefined ? {} : { note: `It would wait for the user's confirmation: ${reason}.` };
    return ok({ ...routing, ...note, next: nextAfterRouting(routing, reason) });
  },
  command: {
    usage: "route <goal>",
    options: { cwd: { flags: "--cwd <dir>", about: "project directory" } },
    print: (routing, { colors }) => printRouting(routing, colors),
  },
  text: routingAnswerLines,
});

/** @param reason why a start would wait for a confirmation */
function nextAfterRouting({ decision, question, alternatives, label }: Routing, reason: string | undefined): string {
  if (decision === "go" && reason !== undefined)
    return `orchestrate {goal} opens a session, which waits for the user's confirmation: ${reason}.`;
  if (decision === "go") return 'orchestrate {goal} starts it; mode: "explicit" waits until the user has confirmed it.';
  if (decision === "ask") return question ?? "ask the user for more detail about the goal.";
  return `${label} or ${alternatives[0]?.label}? orchestrate {goal, workflow: "…"} starts the one that the user means.`;
}
