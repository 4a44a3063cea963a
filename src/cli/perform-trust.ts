import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Colors } from "picocolors/types";
import type { Baton } from "../app.ts";
import { operations } from "../operations/index.ts";
import { perform } from "../operations/perform.ts";
import type { Failure } from "../operations/refusal.ts";
import type { TrustView } from "../operations/trust/trust-view.ts";
import type { RunCommand } from "./commands.ts";
import type { Screen } from "./live-view.ts";

/** The parts of the command line that `baton trust` uses. */
export interface TrustContext {
  readonly cwd: string;
  readonly screen: Screen;
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
 * Performs `baton trust`: shows what trust would allow Baton to execute, and asks the person.
 * No MCP tool grants trust, since a model cannot consent for the user.
 */
export function trustPerformer(context: TrustContext): RunCommand {
  const { cwd, screen, colors, out, fail } = context;
  return async ({ command }, input, values) => {
    const words = (answer: TrustView) => command!.print(answer, { screen, colors }, values);
    const { what, yes, json } = values as { what?: string; yes?: boolean; json: boolean };
    const isDirectory = what !== undefined && !("workflowId" in input);
    const baton = context.open(isDirectory ? stateIn(resolve(cwd, what)) : undefined);
    try {
      const seen = await perform(operations["trust.look"], input, baton);
      if (!seen.ok) return fail(seen.error, json);
      if (!json) out(words(seen.value));
      const refused = missingConsent(yes, context);
      if (refused) return fail(refused, json);
      if (!yes && !(await context.confirm!("Trust it?"))) return out("Nothing was changed.");
      const done = await perform(operations["trust.grant"], input, baton);
      if (!done.ok) return fail(done.error, json);
      out(json ? JSON.stringify(done.value) : words(done.value));
    } finally {
      baton.leave();
    }
  };
}

/** Resolves a directory to a state directory: itself, or the project's `.baton`. */
function stateIn(directory: string): string {
  const own = join(directory, ".baton");
  const isState = basename(directory) === ".baton" || existsSync(join(directory, "runs"));
  return !isState && statSync(own, { throwIfNoEntry: false })?.isDirectory() ? own : directory;
}

function missingConsent(yes: boolean | undefined, { confirm, keyGiven }: TrustContext): Failure | undefined {
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
