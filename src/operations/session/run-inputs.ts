import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { RoutableTemplate, WorkflowType } from "../../model/routing.ts";
import type { JsonObject, JsonValue, Parameter } from "../../model/workflow.ts";
import type { Session } from "../../session/fold.ts";
import { type Preview, previewOf } from "../../session/preview.ts";
import { valuesToConfirm } from "../../workflow/schema/needs-confirmation.ts";
import type { App } from "../app.ts";
import { withPlanLimit } from "../run/plan-limit.ts";
import { latestSessions, MAX_REMEMBERED_SESSIONS } from "./known-sessions.ts";
import { findRoutableTemplate } from "./routable-templates.ts";

/** What a session's run starts with. */
export interface RunInputs {
  readonly parameters: JsonObject;
  /** Required parameters without a value. An empty value or list counts as none. */
  readonly missing: readonly Parameter[];
  /** The project's checks that its steps must pass. Empty if its template asks for none, or there are none. */
  readonly checks: readonly string[];
  /** The agents that perform it, in order. */
  readonly agents: readonly string[];
  /** How the run will go; absent if its template is not known. */
  readonly preview?: Preview;
  /** Why the run does not start without a confirmation, in words. */
  readonly reasonToConfirm?: string;
}

/** @param plan the plan to build, if there is one */
export async function runInputsOf(session: Session, app: App, plan?: JsonObject): Promise<RunInputs> {
  const template = findRoutableTemplate(session.label, app, session.cwd);
  const declared = template?.parameters ?? [];
  const names = new Set(declared.map(({ name }) => name));
  const own = Object.entries(offered(session, plan)).filter(([name]) => names.has(name));
  const parameters: JsonObject = { ...Object.fromEntries(own), ...session.parameters };
  const checks = names.has("checks") && Array.isArray(parameters.checks) ? parameters.checks.map(String) : [];
  const reason = await reasonToConfirm({ ...session, parameters }, template, app);
  return {
    parameters,
    missing: declared.filter(({ name, required }) => required && isNothing(parameters[name])),
    checks,
    agents: template?.agents ?? [],
    ...(template?.steps && {
      preview: previewOf(withPlanLimit(template.steps, app.confirmPlansBelow), {
        ...known(session, parameters),
        checks,
      }),
    }),
    ...(reason !== undefined && { reasonToConfirm: reason }),
  };
}

/** What a preview tells of a session. */
const known = ({ cwd, label, routing }: Session, { tasks, together }: JsonObject) => ({
  cwd,
  tasks: Array.isArray(tasks) ? tasks.map(String) : [],
  together: together === true,
  planId: label === routing.label ? routing.planId : undefined,
});

type Judged = Pick<Session, "goal" | "label" | "routing" | "demanded" | "parameters">;

/**
 * Why a session needs a confirmation before it starts, in words. Either a parameter has a value that the template
 * protects, and only the rules chose it. Or the template belongs to the project, and no one has named or started it
 * here yet. A caller that names a template has confirmed it, and an agent that assesses a goal has understood it; but
 * neither knows what a repository keeps under a name.
 */
export async function reasonToConfirm(
  judged: Judged,
  template: RoutableTemplate | undefined,
  app: App,
): Promise<string | undefined> {
  const { goal, label, routing, demanded, parameters } = judged;
  if (demanded) return undefined;
  if (template?.shipped && !isNamed(template.name, goal) && !(await hasRun(template, app)))
    return `${label} is a template of this project that no caller has named and that has never run here`;
  if (routing.assessed?.label === label) return undefined;
  const why = valuesToConfirm(template?.parameters ?? [], parameters);
  return why && `${why}, and only the goal's words chose ${label}`;
}

/** A name of one word may stand in a goal by chance. */
const isNamed = (name: string, goal: string): boolean =>
  /[-_]/.test(name) && goal.toLowerCase().includes(name.toLowerCase());

const hasRun = async ({ reference }: RoutableTemplate, app: App): Promise<boolean> =>
  (await latestSessions(app, MAX_REMEMBERED_SESSIONS)).some(({ run }) => run?.state.template === reference);

/** What a session gives to any template that asks for it by name. */
const offered = ({ goal, routing, checks }: Session, plan: JsonObject | undefined): JsonObject => ({
  goal,
  task: goal,
  tasks: [...routing.tasks],
  ...(checks.length > 0 && { checks: [...checks] }),
  ...(plan && { plan }),
});

const isNothing = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** The most tasks of one session. More belong in several sessions. */
const MAX_TASKS = 100;

/** What is wrong with the lists that templates take unchecked. A run that starts with them could only fail. */
export function findListMistakes(parameters: JsonObject): Diagnostic[] {
  return ["checks", "tasks"].flatMap((name): Diagnostic[] => {
    const value = parameters[name];
    if (value === undefined) return [];
    const at = { field: `parameters.${name}` };
    const wrong = (message: string): Diagnostic[] => [{ severity: "error", code: "invalid_value", message, at }];
    if (!Array.isArray(value)) return wrong("must be a list of texts");
    const odd = value.findIndex((one) => typeof one !== "string" || one.trim() === "" || one.includes("\0"));
    if (odd >= 0) return wrong(`must contain only texts; entry ${odd} is ${JSON.stringify(value[odd])}`);
    return value.length > MAX_TASKS ? wrong(`has ${value.length} entries; at most ${MAX_TASKS} fit into one run`) : [];
  });
}

/** What a caller asks for, with `together` as a parameter of the template that knows it. @param label what it becomes */
export function withTogether<
  T extends { readonly together?: boolean | undefined; readonly parameters?: JsonObject | undefined },
>(given: T, label: string | undefined): Result<T, Diagnostic> {
  if (!given.together) return ok(given);
  if (label === TASKS_LABEL) return ok({ ...given, parameters: { ...given.parameters, together: true } });
  const message = `is for several tasks, and this goal becomes ${label ?? "no workflow yet"}`;
  const hint = 'Give the tasks one by one, tasks: ["…", "…"], or workflow: "multi_task".';
  return err({ severity: "error", code: "invalid_value", message, hint, at: { field: "together" } });
}

const TASKS_LABEL = "multi_task" satisfies WorkflowType;
