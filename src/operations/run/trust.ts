import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ok, type Result } from "../../model/result.ts";
import type { WouldRun } from "../../model/view.ts";
import { notFound } from "../../run/run-failure.ts";
import { wouldRun } from "../../run/view/would-run.ts";
import { readRegularFile } from "../../system/file.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { failure } from "../refusal.ts";

/** Steps that one answer lists. */
const MAX_STEPS_LISTED = 50;
const MAX_CONFIG_BYTES = 1024 * 1024;

/** What there is to trust. */
export interface TrustView {
  readonly state: string;
  readonly runs: readonly { readonly workflowId: string; readonly name: string; readonly why: string }[];
  /** For a run: what Baton would execute of it. */
  readonly wouldRun?: readonly WouldRun[];
  /** For a directory: what its `config.json` sets. Absent if it has none, or if it counts already. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Why Baton executes nothing from here even so. */
  readonly refusal?: string;
  /** Whether it was done. */
  readonly trusted: boolean;
}

const input = z.object({ workflowId: z.string().optional() });
type Input = z.output<typeof input>;

/** What would be trusted: a run, or, without one, the whole state directory. Changes nothing. */
export const lookAtTrust = defineOperation({
  name: "trust.look",
  input,
  handle: async (given, app): Promise<Result<TrustView, Failure>> => look(given, app, false),
});

/** Trusts it. Only a caller that has looked may ask: a person at a terminal, or a script that holds the key. */
export const grantTrust = defineOperation({
  name: "trust.grant",
  input,
  async handle(given, app): Promise<Result<TrustView, Failure>> {
    const seen = await look(given, app, true);
    if (!seen.ok) return seen;
    const { trust } = app;
    if (given.workflowId === undefined) trust.admit();
    for (const { workflowId } of seen.value.runs) trust.admitRun(workflowId);
    const refusal = trust.refusal();
    const { refusal: _, ...view } = seen.value;
    return ok({ ...view, ...(refusal !== undefined && { refusal }) });
  },
});

async function look({ workflowId }: Input, app: App, trusted: boolean): Promise<Result<TrustView, Failure>> {
  const { state, trust } = app;
  const refusal = trust.refusal();
  const about = { state, trusted, ...(refusal !== undefined && { refusal }) };
  if (workflowId !== undefined) {
    const seen = await app.engine.observe(workflowId);
    if (!seen) return failure(notFound(workflowId));
    const why = trust.foreign(workflowId);
    const runs = why === undefined ? [] : [{ workflowId, name: seen.state.name, why }];
    return ok({ ...about, runs, wouldRun: wouldRun(seen.plan, seen.state, MAX_STEPS_LISTED) });
  }
  if (!existsSync(state)) {
    return failure({
      reason: "not_found",
      message: `there is no state directory ${state}`,
      hint: "Name the directory: baton trust DIR.",
    });
  }
  const runs: TrustView["runs"][number][] = [];
  for (const id of await app.engine.list()) {
    const why = trust.foreign(id);
    if (why !== undefined) runs.push({ workflowId: id, name: await nameOf(id, app), why });
  }
  const settings = trust.coversConfig() ? undefined : settingsIn(state);
  return ok({ ...about, runs, ...(settings && { settings }) });
}

async function nameOf(id: string, app: App): Promise<string> {
  try {
    return (await app.engine.observe(id))?.state.name ?? "?";
  } catch {
    return "?";
  }
}

function settingsIn(state: string): Record<string, unknown> | undefined {
  const read = readRegularFile(join(state, "config.json"), MAX_CONFIG_BYTES);
  if (!("bytes" in read)) return undefined;
  try {
    const settings: unknown = JSON.parse(read.bytes.toString("utf8"));
    return typeof settings === "object" && settings !== null ? (settings as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
