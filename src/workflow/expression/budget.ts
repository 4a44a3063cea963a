import { groupDigits } from "../../model/text/format.ts";

/**
 * Why an evaluation was stopped. It is no error of the language, so no `
 *
 * ` and no `exists` can swallow it.
 */
export class BudgetExceeded extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** What the expressions of one step may use together: its condition, or everything that is filled into it. */
export interface ExpressionLimits {
  readonly steps: number;
  /** Characters of text, and values in lists and objects, in their results. */
  readonly characters: number;
  readonly values: number;
  /** A backstop for what the steps do not count. Only with a clock. */
  readonly milliseconds: number;
  readonly clock?: () => number;
}

/**
 * A step is about a tenth of a microsecond, so together a twentieth of a second. An ordinary expression takes a
 * millionth of it.
 */
export const EXPRESSION_LIMITS: ExpressionLimits = {
  steps: 300_000,
  characters: 4_000_000,
  values: 300_000,
  milliseconds: 2_000,
};

let expressionClock: (() => number) | undefined;

/**
 * The clock of the backstop, in milliseconds that only grow. Rules know no time, so their caller passes the clock
 * once. The steps decide what they can; without a clock only they count.
 */
export function setExpressionClock(clock: (() => number) | undefined): void {
  expressionClock = clock;
}

/** How many steps pass between two looks at the clock. */
const STEPS_BETWEEN_CLOCK_READS = 16_384;
/** The most that one interval counts: a process that was frozen in between did not work all that time. */
const MAX_INTERVAL_MS = 250;

/** Counts the work for one step. The same input takes the same number of steps everywhere. */
export class Budget {
  private left: number;
  private values: number;
  private characters: number;
  private nextClockRead: number;
  private lastClockMs: number | undefined;
  private elapsedMs = 0;
  private usedNames: Set<string> | undefined;
  private readonly clock: (() => number) | undefined;

  constructor(private readonly limits: ExpressionLimits = EXPRESSION_LIMITS) {
    this.left = limits.steps;
    this.values = limits.values;
    this.characters = limits.characters;
    this.clock = limits.clock ?? expressionClock;
    this.nextClockRead = this.left - STEPS_BETWEEN_CLOCK_READS;
  }

  get spent(): number {
    return this.limits.steps - this.left;
  }

  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw this.exceeded(`takes more than ${groupDigits(this.limits.steps)} steps`);
    if (this.left < this.nextClockRead) this.readClock();
  }

  private readClock(): void {
    this.nextClockRead = this.left - STEPS_BETWEEN_CLOCK_READS;
    if (this.clock === undefined) return;
    const now = this.clock();
    this.elapsedMs += Math.min(now - (this.lastClockMs ?? now), MAX_INTERVAL_MS);
    this.lastClockMs = now;
    if (this.elapsedMs > this.limits.milliseconds)
      throw this.exceeded(`takes longer than ${groupDigits(this.limits.milliseconds)} ms`);
  }

  private exceeded(what: string): BudgetExceeded {
    return new BudgetExceeded(what, "Give it less data or fewer nested loops, or let a command do the work.");
  }

  /** Whether something is named for the first time. Its cost arises only once. */
  isFirstUse(name: string): boolean {
    this.usedNames ??= new Set();
    const { size } = this.usedNames;
    return this.usedNames.add(name).size > size;
  }

  /** Counts a value of a result, with the characters of its text. */
  countResult(characters: number): void {
    if (--this.values < 0)
      throw new BudgetExceeded(`gives more than ${groupDigits(this.limits.values)} values`, SMALLER_RESULT_HINT);
    this.characters -= characters;
    if (this.characters < 0)
      throw new BudgetExceeded(
        `gives more than ${groupDigits(this.limits.characters)} characters`,
        SMALLER_RESULT_HINT,
      );
  }
}

const SMALLER_RESULT_HINT = "Select only the part that you need, or write it to a file and pass the file's path.";
