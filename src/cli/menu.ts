import { isCancel, select, text } from "@clack/prompts";
import type { Command } from "commander";
import { folded } from "../model/text/plain.ts";
import { quoteShell } from "../model/text/quote-shell.ts";
import { truncate } from "../model/text/truncate.ts";

/** The choices that the menu shows. */
export interface MenuOffer {
  readonly recent: readonly {
    readonly sessionId: string;
    readonly goal: string;
    readonly state: string;
    readonly workflow: string;
    readonly workflowId?: string;
  }[];
  readonly operations: readonly { readonly name: string; readonly workflow: string; readonly about: string }[];
  readonly runners: readonly string[];
  /** The default runner from the settings. */
  readonly runner?: string | undefined;
}

const NO_RUNNER = "";

/**
 * Adds `baton menu`. The menu composes a command line and runs it, so the menu can do nothing that commands cannot.
 * `perform` runs a command line. `offer` gives the current choices each time the menu opens.
 */
export function addMenuCommand(
  program: Command,
  offer: () => Promise<MenuOffer | undefined>,
  perform: (args: readonly string[]) => Promise<void>,
  say: (words: string) => void,
): void {
  program
    .command("menu")
    .description("choose an action (`baton` alone opens this menu at a terminal)")
    .action(async () => {
      const offered = await offer();
      const args = offered && (await choose(offered));
      if (!args) return;
      say(`baton ${args.map(quoteShell).join(" ")}`);
      await perform(args);
    });
}

/** Returns the chosen command line, or `undefined` if the person cancels. */
async function choose(offer: MenuOffer): Promise<string[] | undefined> {
  const { recent, operations } = offer;
  const running = recent.find(({ state, workflowId }) => state === "EXECUTING" && workflowId);
  const paused = recent.find(({ state, workflowId }) => state === "PAUSED" && workflowId);
  const chosen = await select<string>({
    message: "What would you like to do?",
    maxItems: 20,
    options: [
      ...recent.map(({ sessionId, goal, state }) => ({
        value: sessionId,
        label: `${state}: ${short(goal)}`,
        hint: "recent",
      })),
      ...operations.map(({ name, about }) => ({ value: name, label: name.toUpperCase(), hint: about })),
      { value: "goal", label: "Describe what you need", hint: "Baton chooses the workflow" },
      ...(running ? [{ value: "pause", label: "Pause", hint: short(running.goal) }] : []),
      ...(paused ? [{ value: "resume", label: "Resume", hint: short(paused.goal) }] : []),
      { value: "settings", label: "Settings" },
    ],
  });
  if (isCancel(chosen)) return undefined;
  if (chosen === "settings") return ["settings"];
  if (chosen === "pause") return ["pause", running!.workflowId!];
  if (chosen === "resume") return ["resume", paused!.workflowId!];
  if (recent.some(({ sessionId }) => sessionId === chosen)) return ["session", "show", chosen];
  return compose(operations.find(({ name }) => name === chosen)?.workflow, offer);
}

/** Asks for the goal and for the runner of its agent steps. */
async function compose(workflow: string | undefined, { runners, runner }: MenuOffer): Promise<string[] | undefined> {
  const goal = await text({
    message: "Describe the goal in your own words.",
    validate: (words) => ((words ?? "").trim() === "" ? "Enter a goal." : undefined),
  });
  if (isCancel(goal)) return undefined;
  const worker = await select<string>({
    message: "Which agent performs the agent steps?",
    initialValue: runner ?? NO_RUNNER,
    options: [
      ...runners.map((name) => ({ value: name, label: name, ...(name === runner && { hint: "from the settings" }) })),
      { value: NO_RUNNER, label: "An agent session that I open myself", hint: "/brief gives it its tasks" },
    ],
  });
  if (isCancel(worker)) return undefined;
  const how = workflow === undefined ? [] : ["--workflow", workflow];
  return ["build", ...how, ...(worker === NO_RUNNER ? ["--detach"] : ["--runner", worker]), "--", goal];
}

const short = (goal: string): string => truncate(folded(goal), 60);
