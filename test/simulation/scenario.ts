import type { Dependency, Workflow } from "../../src/model/workflow.ts";
import type { StepSketch } from "../rig/rules/workflow.ts";
import type { Answers } from "./store.ts";
import { Random } from "./world.ts";

/** Something that happens to a process, to the disk, or that a caller asks for. `at`: milliseconds after the start. */
export type Action = { readonly at: number } & (
  | { readonly kind: "kill" | "leave"; readonly slot: number; readonly back: number }
  /** The process dies in its next write to a journal, and so many events of it are written. */
  | { readonly kind: "tear"; readonly slot: number; readonly written: number; readonly back: number }
  | { readonly kind: "freeze"; readonly slot: number; readonly ms: number }
  | { readonly kind: "clock"; readonly slot: number; readonly by: number }
  | { readonly kind: "disk"; readonly failure: "disk_full" | "io_error" | "lost"; readonly ms: number }
  | { readonly kind: "ask"; readonly slot: number; readonly action: Asked; readonly executes: boolean }
);
export type Asked = "pause" | "resume" | "cancel" | "restart" | "checkpoint" | "restore";

/** Everything that a seed decides before the run begins. */
export interface Scenario {
  readonly seed: number;
  /** How many processes there are. Each has a slot, and a killed one comes back in its slot. */
  readonly slots: number;
  readonly answers: Answers;
  readonly durability: "process" | "power";
  readonly sequential: boolean;
  /** Whether there is a work tree to take. */
  readonly code: boolean;
  readonly maxParallel: number;
  readonly snapshotEvery: number;
  readonly steps: readonly StepSketch[];
  readonly dependencies: readonly Dependency[];
  readonly limits: NonNullable<Workflow["limits"]>;
  readonly actions: readonly Action[];
  /** Workers leave notes, take over from each other and amend what they delivered. */
  readonly relay?: boolean;
}

/** The command of every check. */
export const CHECK = "check";

/** How long faults and requests go on, in milliseconds. */
export const FAULTS_MS = 12_000;
/** Longer than any lease lasts, in milliseconds. */
export const MAX_FREEZE_MS = 150_000;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const slots = 2 + random.below(2);
  const count = 1 + random.below(6);
  const steps = Array.from({ length: count }, (_, index) => stepOf(index, random));
  const dependencies = steps.flatMap(({ id }, index): Dependency[] =>
    index > 0 && random.chance(0.6) ? [{ from: steps[random.below(index)]!.id, to: id }] : [],
  );
  const actions = Array.from({ length: random.below(16) }, () => actionOf(slots, random));
  return {
    seed,
    slots,
    answers: random.chance(0.5) ? "at once" : "later",
    durability: random.chance(0.2) ? "power" : "process",
    sequential: random.chance(0.2),
    code: random.chance(0.4),
    maxParallel: 1 + random.below(3),
    snapshotEvery: 3 + random.below(20),
    steps,
    dependencies,
    limits: random.chance(0.3) ? [{ steps: steps.filter(() => random.chance(0.5)).map(({ id }) => id), max: 1 }] : [],
    actions: actions.sort((one, other) => one.at - other.at),
    relay: random.chance(0.5),
  };
}

function stepOf(index: number, random: Random): StepSketch {
  const id = `s${index}`;
  if (random.chance(0.3)) {
    const leaseSeconds = 2 + random.below(10);
    const verify = random.chance(0.5) && { verify: [{ command: CHECK }] };
    return { id, type: "agent", config: { agent: "worker", leaseSeconds, ...verify }, retry: { retries: 1 } };
  }
  return {
    id,
    retry: { retries: random.below(3), delay: random.below(3_000) },
    ...(random.chance(0.2) && { timeout: 500 + random.below(4_000) }),
    ...(random.chance(0.1) && { onCrash: "ask" as const }),
    ...(random.chance(0.1) && { onCrash: "fail" as const }),
    ...(random.chance(0.1) && { risky: true }),
  };
}

function actionOf(slots: number, random: Random): Action {
  const at = random.below(FAULTS_MS);
  const slot = random.below(slots);
  const back = 100 + random.below(8_000);
  const roll = random.next();
  if (roll < 0.15) return { at, kind: "kill", slot, back };
  if (roll < 0.2) return { at, kind: "leave", slot, back };
  if (roll < 0.35) return { at, kind: "tear", slot, written: random.below(3), back };
  if (roll < 0.5) return { at, kind: "freeze", slot, ms: random.below(random.chance(0.5) ? 3_000 : MAX_FREEZE_MS) };
  if (roll < 0.58) return { at, kind: "clock", slot, by: random.between(-100_000, 100_000) };
  if (roll < 0.68) {
    return { at, kind: "disk", failure: random.pick(["disk_full", "io_error", "lost"]), ms: random.below(4_000) };
  }
  const action = random.pick<Asked>([
    "pause",
    "pause",
    "resume",
    "resume",
    "cancel",
    "restart",
    "checkpoint",
    "restore",
  ]);
  return { at, kind: "ask", slot, action, executes: random.chance(0.7) };
}
