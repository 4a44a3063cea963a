import { groupDigits } from "../../model/text/format.ts";

/** Why an evaluation was ended. It is no error of the language, so that no `||` and no `exists` can swallow it. */
export class Exceeded extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** What the expressions of one step may take together: its condition, or all that is filled into it. */
export interface Limits {
  readonly steps: number;
  /** Characters of text, and values in lists and objects, in what they give. */
  readonly characters: number;
  readonly values: number;
  /** A backstop for what the steps do not count; only with a clock. */
  readonly milliseconds: number;
  readonly clock?: () => number;
}

/** A step is a tenth of a microsecond or so: together about a twentieth of a second, where an ordinary expression takes a millionth of it. */
export const LIMITS: Limits = { steps: 300_000, characters: 4_000_000, values: 300_000, milliseconds: 2_000 };

let watch: (() => number) | undefined;

/**
 * The clock of the backstop, in milliseconds that only grow. Rules know no time: whoever runs them hands it in once. It decides nothing that
 * the steps decide; without it only these count.
 */
export function watchExpressions(clock: (() => number) | undefined): void {
  watch = clock;
}

/** How often the clock is looked at, in steps. */
const BETWEEN_LOOKS = 16_384;
/** What one interval counts at most: a process that was frozen in between did not work all that time. */
const LONGEST_INTERVAL = 250;

/** Counts what is done for one step. The same input takes the same number of steps everywhere. */
export class Budget {
  private left: number;
  private values: number;
  private characters: number;
  private look: number;
  private seen: number | undefined;
  private elapsed = 0;
  private named: Set<string> | undefined;
  private readonly clock: (() => number) | undefined;

  constructor(private readonly limits: Limits = LIMITS) {
    this.left = limits.steps;
    this.values = limits.values;
    this.characters = limits.characters;
    this.clock = limits.clock ?? watch;
    this.look = this.left - BETWEEN_LOOKS;
  }

  get spent(): number {
    return this.limits.steps - this.left;
  }

  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw this.exceeded(`takes more than ${groupDigits(this.limits.steps)} steps`);
    if (this.left < this.look) this.lookAtClock();
  }

  private lookAtClock(): void {
    this.look = this.left - BETWEEN_LOOKS;
    if (this.clock === undefined) return;
    const now = this.clock();
    this.elapsed += Math.min(now - (this.seen ?? now), LONGEST_INTERVAL);
    this.seen = now;
    if (this.elapsed > this.limits.milliseconds)
      throw this.exceeded(`takes longer than ${groupDigits(this.limits.milliseconds)} ms`);
  }

  private exceeded(what: string): Exceeded {
    return new Exceeded(what, "Give it less data or fewer loops inside each other, or let a command do it.");
  }

  /** Whether it is the first time that something is named, whose cost is had only once. */
  first(name: string): boolean {
    this.named ??= new Set();
    const { size } = this.named;
    return this.named.add(name).size > size;
  }

  /** Counts a value of a result, with the characters of its text. */
  give(characters: number): void {
    if (--this.values < 0) throw new Exceeded(`gives more than ${groupDigits(this.limits.values)} values`, SMALLER);
    this.characters -= characters;
    if (this.characters < 0)
      throw new Exceeded(`gives more than ${groupDigits(this.limits.characters)} characters`, SMALLER);
  }
}

const SMALLER = "Take only what is needed of it, or write it to a file and pass the file's path.";
