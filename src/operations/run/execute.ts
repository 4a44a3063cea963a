import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { formatDiagnostic } from "../../model/diagnostic.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { JsonRecord, MODES } from "../../model/workflow.ts";
import { detail, idempotencyKey, waitSeconds } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";
import { unknownRunner } from "../workflow/resolve-performers.ts";
import { fitPlan } from "../workflow/truncate-plan.ts";
import { compile, planView } from "../workflow/workflows.ts";
import { describe, sized, waitFor } from "./runs.ts";

/** `parallel_where_possible` is seed 000's name for parallel. */
const mode = z
  .preprocess((value) => (value === "parallel_where_possible" ? "parallel" : value), z.enum(MODES))
  .optional();

/** Starts a workflow. With `dryRun`, says what it would do. */
export const executeRun = defineOperation({
  name: "run.execute",
  input: z.object({
    workflow: z.unknown().optional(),
    file: z.string().optional(),
    template: z.string().optional(),
    cwd: z.string().optional(),
    parameters: JsonRecord.optional(),
    context: JsonRecord.optional(),
    mode,
    maxParallel: z.number().int().min(1).max(1024).optional(),
    dryRun: z.boolean().optional(),
    detach: z.boolean().optional(),
    waitSeconds,
    idempotencyKey: idempotencyKey.optional(),
    /** The runner of worker steps that name none. */
    runner: z.string().optional(),
    detail,
  }),
  async handle(input, app, call): Promise<Result<object, Failure>> {
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
    const started = await app.engine.start({
      definition: { workflow, parameters, context: { ...workflow.context, ...input.context }, performers },
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
    const view = sized(await describe((await app.engine.observe(id))!, app), input, call);
    return ok({
      ...view,
      ...(existing && { existing: true }),
      ...(warnings.length > 0 && { warnings: listed(warnings.map(formatDiagnostic)) }),
    });
  },
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
