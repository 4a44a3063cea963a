import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Where } from "./dying.ts";

/** A run to carry out to its end: one that is in the state directory, or else one of a workflow's file. */
export interface Task {
  readonly state: string;
  readonly file?: string;
  readonly where: Where;
  readonly which: number;
}

/**
 * What a program of these tests is for: with arguments one run, at one write of which it dies; without any the runs of others that died, in the
 * directories that its input names, one after the other, each answered with a line when it is over.
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
