import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Check, WorkerConfig } from "../../model/worker.ts";
import { factsOf } from "./gate.ts";

/** Variables in a rendered step, by their names. */
export type Values = Readonly<Record<string, string>>;

/**
 * The checks of a rendered step, one by one; equal ones are one check. A command from data is a program of its own: the
 * shell gets it through the environment, so it ends where it ends, whatever it holds.
 */
export function checksOf(config: Readonly<Record<string, unknown>>, values: Values): readonly Check[] {
  const { verify = [] } = config as WorkerConfig;
  const known = new Set<string>();
  return verify
    .flatMap((check): Check | Check[] => {
      if (!("commands" in check)) return check;
      const { commands, ...rest } = check;
      return (commands as unknown as readonly string[]).map((variable) => ({
        ...rest,
        command: `sh -c -- "\${${variable}}"`,
      }));
    })
    .filter((check) => {
      const key = keyOf({ check: textOf(check, values), ...placeOf(check) });
      return !known.has(key) && known.add(key);
    });
}

/**
 * Whether Baton has anything to check once the step is delivered. A step whose checks are still unknown counts as
 * checked.
 */
export function isChecked(plan: Plan, state: RunState, index: number): boolean {
  const { verify = [] } = plan.workflow.steps[index]!.config as WorkerConfig;
  if (verify.length === 0) return false;
  if (!verify.every((check) => "commands" in check)) return true;
  const rendered = plan.render(index, factsOf(state));
  return !rendered.ok || checksOf(rendered.value.config, rendered.value.values).length > 0;
}

/** A check in words: its command with its values filled in, or what must hold of a file. */
export function textOf(check: Check, values: Values): string {
  if ("command" in check) return fillValues(check.command, values);
  const { file, exists = true, contains, matches } = check;
  const parts = [
    `file ${file}`,
    !exists && "does not exist",
    contains !== undefined && `contains ${JSON.stringify(contains)}`,
    matches !== undefined && `matches /${matches}/`,
  ];
  return parts.filter((part) => part !== false).join(" ");
}

/** The directory of a check, if that is not the run's. */
export function placeOf(check: Check): { readonly workingDirectory?: string } {
  const directory = "command" in check ? check.workingDirectory?.replace(/(?<=[^/])\/+$/, "") : undefined;
  return directory === undefined || directory === "." ? {} : { workingDirectory: directory };
}

/** Equal for checks that are one. */
export const keyOf = ({
  check,
  workingDirectory = ".",
}: {
  check: string;
  workingDirectory?: string | undefined;
}): string => `${workingDirectory}\n${check}`;

/** A command with its values filled in, for people to read and never to run. A command from data is shown as given. */
export const fillValues = (command: string, values: Values): string =>
  command.replaceAll(
    /^sh -c -- "\$\{(BATON_V\d+)\}"$|'"\$\{(BATON_V\d+)\}"'|"\$\{(BATON_V\d+)\}"|\$\{(BATON_V\d+)\}/g,
    (text, ...names: (string | undefined)[]) => values[names.slice(0, 4).find((name) => name !== undefined)!] ?? text,
  );
