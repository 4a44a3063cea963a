import type { CheckResult } from "../model/evidence.ts";
import type { RunState } from "../model/run-state.ts";
import { truncate } from "../model/text/truncate.ts";

/** A check, as it went last. */
export type SummedCheck = Pick<CheckResult, "check" | "outcome" | "exitCode" | "before">;

const MAX_CHECKS = 20;
const MAX_CHECK_CHARACTERS = 400;

/**
 * The last outcome of each check. Equal commands are one check; one that failed before any of its steps failed before.
 * @param gates the commands that the run's gates ran, in runs of their own
 */
export function sumChecks({ steps }: RunState, gates: readonly SummedCheck[]): SummedCheck[] {
  const last = new Map<string, SummedCheck>();
  const ended = steps.filter(({ checks }) => checks).sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  for (const { checks = [], baseline } of ended) {
    for (const result of checks) {
      const { outcome, exitCode, before = beforeOf(baseline?.checks, result) } = result;
      const check = nameOf(result);
      const earlier = last.get(check)?.before;
      const first = earlier === "failed" ? earlier : (before ?? earlier);
      last.set(check, {
        ...{ check, outcome },
        ...(exitCode !== undefined && { exitCode }),
        ...(first !== undefined && { before: first }),
      });
    }
  }
  for (const gate of gates) {
    const check = nameOf(gate);
    last.set(check, { ...last.get(check), ...gate, check });
  }
  return [...last.values()].slice(-MAX_CHECKS);
}

/** The same command in another directory is another check. */
const nameOf = ({ check, workingDirectory }: Pick<CheckResult, "check" | "workingDirectory">): string =>
  truncate(`${check}${workingDirectory === undefined ? "" : ` (in ${workingDirectory})`}`, MAX_CHECK_CHARACTERS);

const beforeOf = (baseline: readonly CheckResult[] = [], result: CheckResult): CheckResult["before"] =>
  baseline.find((one) => nameOf(one) === nameOf(result))?.outcome;
