import { resolve } from "node:path";
import type { Routing } from "../../model/routing.ts";
import { route } from "../../routing/route.ts";
import { complexityOf } from "../../session/complexity.ts";
import type { App } from "../app.ts";
import { latestSessions, MAX_REMEMBERED_SESSIONS } from "./known-sessions.ts";
import { routableTemplates } from "./routable-templates.ts";
import { lastingCorrections, unfinishedPlans } from "./routing-history.ts";
import type { GoalInput } from "./session-fields.ts";

/** Routes a goal with everything known here: the library, earlier sessions, existing plans. */
export async function routeGoal({ goal, cwd, assessment, tasks, backlog }: GoalInput, app: App): Promise<Routing> {
  const directory = resolve(app.cwd, cwd ?? ".");
  const past = await latestSessions(app, MAX_REMEMBERED_SESSIONS);
  const routed = route(goal, {
    plans: unfinishedPlans(past, directory),
    templates: routableTemplates(app, directory),
    corrections: lastingCorrections(past),
    ...(assessment && { assessment }),
    ...(tasks && { tasks }),
    ...(backlog && { backlog }),
  });
  const known = { tasks: Math.max(routed.tasks.length, tasks?.length ?? 0), label: routed.rules?.label };
  return { ...routed, complexity: complexityOf(goal, known, assessment).complexity };
}
