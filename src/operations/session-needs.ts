import type { JsonObject, Parameter } from "../model/workflow.ts";
import type { Session } from "../session/fold.ts";
import type { App } from "./define.ts";
import { declaredBy } from "./routable.ts";

/** What a session can give to whichever template asks for it by name. */
export function offered({ goal, routing, checks }: Session, plan: JsonObject | undefined): JsonObject {
  return {
    goal,
    task: goal,
    ...(routing.tasks.length > 0 && { tasks: [...routing.tasks] }),
    ...(checks.length > 0 && { checks: [...checks] }),
    ...(plan && { plan }),
  };
}

/** Required parameters of what the goal is to become that nobody has given. */
export function missingIn(session: Session, app: App): Parameter[] {
  const given = { ...offered(session, undefined), ...session.parameters };
  return (declaredBy(session.label, app, session.cwd) ?? []).filter(
    ({ name, required }) => required && !Object.hasOwn(given, name),
  );
}
