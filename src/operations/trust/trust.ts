import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { RUN_ID } from "../../model/ids.ts";
import { notFound } from "../../run/run-failure.ts";
import { wouldRun } from "../../run/view/would-run.ts";
import { readRegularFile } from "../../system/file.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { failure } from "../refusal.ts";
import { printTrust } from "./trust-print.ts";
import type { TrustView } from "./trust-view.ts";

/** Steps that one answer lists. */
const MAX_STEPS_LISTED = 50;
const MAX_CONFIG_BYTES = 1024 * 1024;

const input = z.object({
  workflowId: z.string().describe("the run (default: the state directory with all its runs)").optional(),
});
type Input = z.output<typeof input>;

/** What would be trusted: a run, or, without one, the whole state directory. Changes nothing. */
export const lookAtTrust = defineOperation({
  name: "trust.look",
  summary: "show what trust would allow Baton to execute",
  effect: "read",
  input,
  handle: async (given, app): Promise<Result<TrustView, Failure>> => look(given, app, false),
});

/** Trusts it. Only a caller that has looked may ask: a person at a terminal, or a script that holds the key. */
export const grantTrust = defineOperation({
  name: "trust.grant",
  summary:
    "trust a run or a whole state directory, so that Baton executes it (default: this project's state directory)",
  effect: "change",
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
  command: {
    usage: "trust [what]",
    arguments: { what: "a run, a state directory or a project" },
    options: { yes: { flags: "--yes", about: "trust without asking; only if BATON_TRUST_KEY is set" } },
    toInput: ({ what }) => (RUN_ID.test(String(what)) ? { workflowId: what } : {}),
    print: (seen, { colors }) => printTrust(seen, colors),
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
