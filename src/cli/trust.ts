import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import type { Colors } from "picocolors/types";
import type { Baton } from "../app.ts";
import { RUN_ID } from "../model/ids.ts";
import { escapeControl } from "../model/text/escape-control.ts";
import { plain } from "../model/text/plain.ts";
import { operations } from "../operations/index.ts";
import { perform } from "../operations/perform.ts";
import type { Failure } from "../operations/refusal.ts";
import type { TrustView } from "../operations/run/trust.ts";

interface TrustContext {
  readonly cwd: string;
  readonly colors: Colors;
  /** Asks the person at the terminal; absent if no person is there. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** Whether `BATON_TRUST_KEY` is set. */
  readonly keyGiven: boolean;
  /** @param state the state directory; absent: the default one */
  open(state?: string): Baton;
  out(text: string): void;
  fail(failure: Failure, json: boolean | undefined): void;
}

/**
 * Adds `baton trust`, which shows what trust would allow Baton to execute and asks the person.
 * No MCP tool grants trust, since a model cannot consent for the user.
 */
export function addTrustCommand(program: Command, context: TrustContext): void {
  program
    .command("trust [what]")
    .description(
      "trust a run or a whole state directory, so that Baton executes it (default: this project's state directory)",
    )
    .option("--yes", "trust without asking; only if BATON_TRUST_KEY is set")
    .option("--json", "print as JSON")
    .action(async (what: string | undefined, options: { yes?: boolean; json?: boolean }) => {
      const run = what !== undefined && RUN_ID.test(what) ? what : undefined;
      const directory = what === undefined || run !== undefined ? undefined : stateIn(resolve(context.cwd, what));
      const baton = context.open(directory);
      try {
        const given = run === undefined ? {} : { workflowId: run };
        const seen = await perform(operations["trust.look"], given, baton);
        if (!seen.ok) return context.fail(seen.error, options.json);
        if (!options.json) context.out(renderTrust(seen.value, context.colors));
        const refused = missingConsent(options, context);
        if (refused) return context.fail(refused, options.json);
        if (!options.yes && !(await context.confirm!("Trust it?"))) return context.out("Nothing was changed.");
        const done = await perform(operations["trust.grant"], given, baton);
        if (!done.ok) return context.fail(done.error, options.json);
        context.out(options.json ? JSON.stringify(done.value) : renderTrust(done.value, context.colors));
      } finally {
        baton.leave();
      }
    });
}

/** Resolves a directory to a state directory: itself, or the project's `.baton`. */
function stateIn(directory: string): string {
  const own = join(directory, ".baton");
  const isState = basename(directory) === ".baton" || existsSync(join(directory, "runs"));
  return !isState && statSync(own, { throwIfNoEntry: false })?.isDirectory() ? own : directory;
}

function missingConsent({ yes }: { yes?: boolean }, { confirm, keyGiven }: TrustContext): Failure | undefined {
  if (yes && keyGiven) return undefined;
  const refused = { kind: "refused", reason: "needs_person" } as const;
  if (yes) {
    const hint = "Run it without --yes at a terminal, or set BATON_TRUST_KEY to a key file outside the project.";
    return { ...refused, message: "--yes needs BATON_TRUST_KEY, the path of a key file", hint };
  }
  if (confirm) return undefined;
  const hint = "Run it at a terminal; in a script, set BATON_TRUST_KEY and pass --yes.";
  return { ...refused, message: "no terminal is attached, so nobody can confirm", hint };
}

export function renderTrust({ state, runs, wouldRun, settings, refusal, trusted }: TrustView, colors: Colors): string {
  const lines: string[] = [];
  const many = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  if (trusted) {
    const what = wouldRun
      ? (runs[0]?.workflowId ?? "the run")
      : `${state}${runs.length > 0 ? `, with ${many} of it,` : ""}`;
    lines.push(`${colors.green("✔")} ${plain(what)} is trusted.`);
  } else {
    lines.push(`State directory ${plain(state)}`);
    if (runs.length === 0) lines.push(wouldRun ? "  The run is already yours." : "  It holds no runs of other users.");
    else if (!wouldRun) lines.push(`  ${many} without a proof that your Baton created them:`);
    for (const { workflowId, name, why } of runs.slice(0, 50))
      lines.push(`  ${workflowId} "${plain(name)}": ${plain(why)}`);
    if (wouldRun && runs.length > 0)
      lines.push(wouldRun.length > 0 ? "It would execute:" : "It has no steps left to execute.");
    for (const { stepId, type, command } of runs.length > 0 ? (wouldRun ?? []) : [])
      lines.push(
        ...escapeControl(`${stepId} (${type})${command === undefined ? "" : `: ${command}`}`)
          .split("\n")
          .map((line) => `  | ${line}`),
      );
    if (settings) {
      lines.push("Its config.json would set:");
      for (const [name, value] of Object.entries(settings)) lines.push(plain(`  | ${name} ${JSON.stringify(value)}`));
    }
  }
  if (refusal !== undefined)
    lines.push(`${colors.yellow("!")} Baton still executes nothing from here: ${plain(refusal)}.`);
  return lines.join("\n");
}
