import { resolve } from "node:path";
import { z } from "zod";
import { ok } from "../../model/result.ts";
import { Assessment, type Routing } from "../../model/routing.ts";
import { route } from "../../routing/route.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../operation.ts";
import { latestSessions, MAX_REMEMBERED_SESSIONS } from "./known-sessions.ts";
import { findRoutableTemplate, routableTemplates } from "./routable-templates.ts";
import { lastingCorrections, unfinishedPlans } from "./routing-history.ts";
import { reasonToConfirm } from "./session-confirmation.ts";

/** What a caller may say about a goal. */
export const goalFields = {
  goal: z.string(),
  cwd: z.string().optional(),
  assessment: Assessment.optional(),
  /** Tasks that the caller names one by one. */
  tasks: z.array(z.string()).max(100).optional(),
  /** Titles of tasks that are known to be open. */
  backlog: z.array(z.string()).max(1_000).optional(),
};
export type GoalInput = z.output<z.ZodObject<typeof goalFields>>;

/** Routes a goal with everything known here: the library, earlier sessions, existing plans. */
export async function routeGoal({ goal, cwd, assessment, tasks, backlog }: GoalInput, app: App): Promise<Routing> {
  const directory = resolve(app.cwd, cwd ?? ".");
  const past = await latestSessions(app, MAX_REMEMBERED_SESSIONS);
  return route(goal, {
    plans: unfinishedPlans(past, directory),
    templates: routableTemplates(app, directory),
    corrections: lastingCorrections(past),
    ...(assessment && { assessment }),
    ...(tasks && { tasks }),
    ...(backlog && { backlog }),
  });
}

/** Only answers. Nothing starts, and nothing is remembered. */
export const previewRouting = defineOperation({
  name: "session.route",
  input: z.object(goalFields),
  async handle(input, app) {
    const routing = await routeGoal(input, app);
    const template = findRoutableTemplate(routing.label, app, resolve(app.cwd, input.cwd ?? "."));
    const yes = await reasonToConfirm({ ...routing, goal: input.goal, routing, demanded: false }, template, app);
    const note = yes === undefined ? {} : { note: `It would wait for the user's confirmation: ${yes}.` };
    return ok({ ...routing, ...note, next: afterRouting(routing, yes) });
  },
});

/** @param yes why a start would wait for a yes */
function afterRouting({ decision, question, alternatives, label }: Routing, yes: string | undefined): string {
  if (decision === "go" && yes !== undefined)
    return `orchestrate {goal} opens a session, which waits for the user's confirmation: ${yes}.`;
  if (decision === "go") return 'orchestrate {goal} starts it; mode: "explicit" waits until the user has confirmed it.';
  if (decision === "ask") return question ?? "ask the user for more detail about the goal.";
  return `${label} or ${alternatives[0]?.label}? orchestrate {goal, workflow: "…"} starts the one that the user means.`;
}
