import { existsSync } from "node:fs";
import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../operation.ts";
import { printReport } from "./capability-print.ts";
import { reportProblems } from "./capability-report.ts";
import { scanDirectories, scanFields } from "./scan-directories.ts";

/** Every repaired, shadowed or refused file, and how to correct it. */
export const checkCapabilities = defineOperation({
  name: "capabilities.check",
  summary: "explain untrusted runs, and every skill or agent file that Baton repaired, shadowed or refused",
  effect: "read",
  input: z.object(scanFields),
  async handle(input, app) {
    const scanned = scanDirectories(input, app);
    if (!scanned.ok) return scanned;
    const state = await stateProblems(app);
    return ok({ ...reportProblems(scanned.value), ...(state.length > 0 && { state }) });
  },
  command: {
    usage: "doctor",
    options: { roots: "--root <dir>" },
    print: (report, { colors }) => printReport(report, colors),
  },
});

/** Why Baton executes nothing from the state directory, in sentences. */
async function stateProblems(app: App): Promise<string[]> {
  const { trust } = app;
  const refusal = existsSync(app.state) ? trust.refusal() : undefined;
  const foreign = (await app.engine.list()).filter((id) => trust.foreign(id) !== undefined);
  const named = foreign.slice(0, 5).join(", ");
  return [
    ...(refusal === undefined ? [] : [`Baton executes nothing from ${app.state}: ${refusal}.`]),
    ...(foreign.length === 0
      ? []
      : [`${foreign.length} runs are foreign, so Baton does not execute them (${named}). \`baton trust\` shows them.`]),
    ...app.notes,
  ];
}
