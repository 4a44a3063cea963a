import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Where } from "./dying.ts";

/** Executes a run to its end: the one in the state directory, or else a new one of a workflow file. */
export interface Task {
  readonly state: string;
  readonly file?: string;
  readonly where: Where;
  readonly which: number;
}

/**
 * The main function of a test program. With arguments, it executes one run and dies at one write. Without any, it
 * finishes the runs of dead processes in the directories that its input names, and prints a line after each.
 */
export async function perform(carryOut: (task: Task) => Promise<void>): Promise<void> {
  const [file, where, which] = process.argv.slice(2) as [string, Where, string];
  if (file !== undefined) return carryOut({ state: stateIn(process.cwd()), file, where, which: Number(which) });
  for await (const directory of createInterface({ input: process.stdin })) {
    process.chdir(directory);
    process.env.HOME = join(directory, "home");
    await carryOut({ state: stateIn(directory), where: "never", which: 0 });
    process.stdout.write("over\n");
  }
}

export const stateIn = (directory: string): string => join(directory, "state");
