import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../model/data/result.ts";
import { formatDiagnostic } from "../../model/diagnostic.ts";
import type { RunView } from "../../model/view.ts";
import { JsonRecord, MODES } from "../../model/workflow.ts";
import { detail, idempotencyKey, waitForRun } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";
import { renderPlan } from "../workflow/plan-print.ts";
import { planLines } from "../workflow/plan-text.ts";
import { unknownRunner } from "../workflow/resolve-performers.ts";
import { fitPlan, type PlanAnswer } from "../workflow/truncate-plan.ts";
import { workflowArgument } from "../workflow/workflow-argument.ts";
import { compile, planView } from "../workflow/workflows.ts";
import { conciseRun } from "./concise-run.ts";
import { withPlanLimit } from "./plan-limit.ts";
import { runLines } from "./run-text.ts";
import { type Advised, describe, sized, waitFor } from "./runs.ts";
import { seedAnswer } from "./seed-answer.ts";

/** `parallel_where_possible` is seed 000's name for parallel. */
const mode = z
  .preprocess((value) => (value === "parallel_where_possible" ? "parallel" : value), z.enum(MODES))
  .describe("default: parallel")
  .optional();

/** The plan of a dry run, else the run. */
type ExecuteAnswer =
  | PlanAnswer
  | (Advised<RunView> & { readonly existing?: true; readonly warnings?: readonly string[] });

/** Starts a workflow. With `dryRun`, says what it would do. */
export const executeRun = defineOperation({
  name: "run.execute",
  summary: "run a workflow to its end: a file, or a template as name or name@version",
  effect: "destroy",
  input: z.object({
    workflow: z
      .unknown()
      .meta({
        type: ["object", "string"],
        description:
          "{name, steps, dependencies, timeout, context, errorHandling}; for steps also skills: [{skill, input, output_key}] or phases: [{name, agents, depends_on}]; or YAML or JSON text",
      })
      .optional(),
    file: z.string().describe("or a file, relative to cwd; file#intent for one of several intents").optional(),
    template: z.string().describe("or a template: name or name@version").optional(),
    cwd: z.string().describe("where commands run (default: the server's)").optional(),
    parameters: JsonRecord.describe("values for {{parameters.x}}").optional(),
    context: JsonRecord.describe("values for {{context.x}}").optional(),
    mode,
    maxParallel: z.number().int().min(1).max(1024).describe("steps at a time").optional(),
    dryRun: z.boolean().describe("only the plan and every mistake").optional(),
    detach: z.boolean().describe("in a process that outlives this session").optional(),
    waitSeconds: waitForRun,
    idempotencyKey: idempotencyKey.describe("same key, same run").optional(),
    runner: z.string().describe("the runner of worker steps that name none").optional(),
    detail,
  }),
  tool: { name: "execute_workflow", unlisted: ["runner", "maxParallel"] },
  async handle(input, app, call): Promise<Result<ExecuteAnswer, Failure>> {
    const cwd = resolve(app.cwd, input.cwd ?? ".");
    if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
      return err(
        badInput([{ severity: "error", code: "file", message: `${cwd} is not a directory`, at: { field: "cwd" } }]),
      );
    }
    const unknown = unknownRunner(input.runner, app.runners);
    if (unknown) return err(badInput([unknown]));
    const compiled = compile(input, app, { parameters: input.parameters ?? {}, context: input.context ?? {} });
    if (!compiled.ok) return compiled;
    if (input.dryRun) return ok(fitPlan(planView(compiled.value), call.characters));

    const { workflow, parameters, warnings } = compiled.value.parsed;
    const { performers, template } = compiled.value;
    const steps = [...withPlanLimit(workflow.steps, app.confirmPlansBelow)];
    const started = await app.engine.start({
      definition: {
        workflow: { ...workflow, steps },
        parameters,
        context: { ...workflow.context, ...input.context },
        performers,
      },
      mode: input.mode ?? "parallel",
      maxParallel: input.maxParallel ?? app.maxParallel,
      cwd,
      durability: app.durability,
      detach: input.detach ?? false,
      code: app.checkpointCode && inWorkTree(cwd),
      ...(input.idempotencyKey !== undefined && { idempotencyKey: input.idempotencyKey }),
      ...(template !== undefined && { template }),
      ...(input.runner !== undefined && { runner: input.runner }),
    });
    if (!started.ok) return failure(started.error);
    const { id, existing } = started.value;
    await waitFor(id, app, call, { seconds: input.waitSeconds ?? 0 });
    const view = sized(await describe((await app.engine.observe(id))!, app, input.detail === "full"), input, call);
    return ok({
      ...view,
      ...(existing && { existing }),
      ...(warnings.length > 0 && { warnings: listed(warnings.map(formatDiagnostic)) }),
    });
  },
  command: {
    usage: "run <workflow>",
    arguments: { workflow: "a file, or a template as name or name@version" },
    options: {
      parameters: {
        flags: "--param <k=v>",
        about: "a parameter: k=text, or k:=json for a number, list, …; repeatable",
      },
      context: { flags: "--context <k=v>", about: "a context value, like --param" },
      mode: { flags: "--sequential", value: "sequential", about: "one step at a time, in definition order" },
      maxParallel: "--max-parallel <n>",
      cwd: { flags: "--cwd <dir>", about: "directory the commands run in" },
      idempotencyKey: { flags: "--key <key>", about: "idempotency key: the same key never starts a second run" },
      dryRun: { flags: "--dry-run", about: "show the plan, run nothing" },
      detach: { flags: "--detach", about: "start the run in a process of its own, print its id and exit" },
    },
    follows: true,
    toInput: ({ workflow, parameters = {}, context = {}, json: _, ...fields }) => ({
      ...fields,
      ...workflowArgument(workflow as string, fields.cwd as string | undefined),
      ...{ parameters, context },
    }),
    print: (answer, { colors }) => ("levels" in answer ? renderPlan(answer, colors) : answer.workflowId),
    aside: (answer) => ("levels" in answer ? [] : (answer.warnings ?? [])),
  },
  concise: (answer, given) => ("levels" in answer ? answer : conciseRun(answer, given)),
  spelled: (answer, given) => ("levels" in answer ? {} : seedAnswer(answer, given)),
  text: (answer) => ("levels" in answer ? planLines(answer) : runLines(answer)),
});

/** Warnings that one answer lists. */
const MAX_WARNINGS = 20;

const listed = (warnings: readonly string[]): string[] =>
  warnings.length <= MAX_WARNINGS
    ? [...warnings]
    : [...warnings.slice(0, MAX_WARNINGS), `… and ${warnings.length - MAX_WARNINGS} more warnings`];

/** Whether a directory lies in a git work tree. In a linked one (`git worktree`), `.git` is a file. */
function inWorkTree(directory: string): boolean {
  return existsSync(join(directory, ".git")) || (dirname(directory) !== directory && inWorkTree(dirname(directory)));
}
