import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { Alphabet, AMBIGUOUS, type LookAround, type Part, PatternRefused, Positions, WorkBudget } from "./positions.ts";

/** What trying all ways in which a pattern may match a text can cost. */
export interface Cost {
  /** Why the pattern must not be applied at all. */
  readonly refused?: string;
  /** Whether it cannot be parsed as a pattern. */
  readonly unparsed?: boolean;
  /** How many characters of text it may be applied to. Absent if there is no limit. */
  readonly maxLength?: number;
  /** Whether its repetitions may run past the end of a line. */
  readonly acrossLines?: boolean;
  /** Steps in the worst case: this many times the text's length to that power. */
  readonly factor: number;
  readonly power: number;
  /** Steps that judging it took. */
  readonly work: number;
}

/** Steps that one match may take in the worst case: about a second. */
const MAX_STEPS = 1e9;
/** Longer source is not analysed. */
const MAX_SOURCE_CHARACTERS = 10_000;
/** Max positions in one repetition. Analysis is quadratic in positions and in transitions. */
const MAX_LOOP_POSITIONS = 100;
/** Ways in which one text may lead through a pattern without repetitions before they count. */
const MAX_FREE_PATHS = 64;
const SIMPLE = { factor: 1, power: 1, work: 0 } as const;

/**
 * How to read a pattern: with `u`, or without it where `u` cannot read it. `m`: `^` matches the start of every line.
 */
export type Flags = "" | "u" | "m" | "mu";

const costs = new Map<string, Cost>();

/**
 * The regular expression engine tries one way after another and blocks everything else meanwhile. If a repetition can
 * match one text in two ways, the number of ways doubles with each round, and no bound on the text helps. If several
 * repetitions in a row share a text, the number grows with a power of its length. Source that is no pattern costs
 * nothing, because it is never applied.
 */
export function costOf(source: string, flags: Flags = "u"): Cost {
  if (source.length > MAX_SOURCE_CHARACTERS) return { ...SIMPLE, refused: "is too large" };
  const key = `${flags}/${source}`;
  const before = costs.get(key);
  if (before) return before;
  if (costs.size > 500) costs.clear();
  const cost = computeCost(source, flags);
  costs.set(key, cost);
  return cost;
}

function computeCost(source: string, flags: Flags): Cost {
  const budget = new WorkBudget();
  const unicode = flags.includes("u");
  let cost: Omit<Cost, "work">;
  try {
    const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, undefined, undefined, { unicode });
    const alphabet = new Alphabet(pattern, unicode ? "u" : "", budget);
    cost = costBy(growth(pattern.alternatives, isAnchored(pattern), flags.includes("m"), alphabet, budget));
  } catch (error) {
    if (error instanceof PatternRefused) cost = { ...SIMPLE, refused: error.message };
    // Either nested too deeply for the stack, or no pattern.
    else cost = error instanceof SyntaxError ? { ...SIMPLE, unparsed: true } : { ...SIMPLE, refused: "is too large" };
  }
  return { ...cost, work: STEPS_PER_PATTERN + source.length * STEPS_PER_CHARACTER + budget.spent };
}

/** What reading a pattern costs at least, and for each character. */
const STEPS_PER_PATTERN = 500;
const STEPS_PER_CHARACTER = 20;

function isAnchored({ alternatives }: AST.Pattern): boolean {
  return alternatives.every(({ elements: [first] }) => first?.type === "Assertion" && first.kind === "start");
}

/** How the work grows with the text. */
interface Growth {
  readonly power: number;
  readonly factor: number;
  readonly acrossLines: boolean;
}

function costBy({ power, factor, acrossLines }: Growth): Omit<Cost, "work"> {
  const steps = { factor, power: Math.max(1, power) };
  if (power <= 1 && factor <= 1) return steps;
  const maxLength = Math.floor((MAX_STEPS / factor) ** (1 / steps.power) + 1e-6);
  if (maxLength < 1) throw new PatternRefused(AMBIGUOUS);
  return { ...steps, maxLength, acrossLines };
}

function growth(
  alternatives: readonly AST.Alternative[],
  anchored: boolean,
  lines: boolean,
  alphabet: Alphabet,
  budget: WorkBudget,
): Growth {
  const positions = new Positions(alphabet, budget);
  const whole = positions.alternatives(alternatives);
  const outer = new PathCounter(positions, budget).growth(whole, anchored, lines, alphabet);
  return positions.lookArounds.reduce(
    (found, look) => withLookAround(found, look, anchored && !lines, alphabet, budget),
    outer,
  );
}

/**
 * What a look-around adds: the engine tries it on its own wherever a match passes, in each of the ways in which it
 * does.
 */
function withLookAround(
  outer: Growth,
  { alternatives, afterLoop }: LookAround,
  anchored: boolean,
  alphabet: Alphabet,
  budget: WorkBudget,
): Growth {
  const inner = growth(alternatives, true, false, alphabet, budget);
  if (inner.power === 0) return { ...outer, factor: outer.factor * inner.factor };
  const visits = (afterLoop ? outer.power : 0) + (anchored ? 0 : 1);
  return {
    power: Math.max(outer.power, inner.power + visits),
    factor: outer.factor * inner.factor,
    acrossLines: outer.acrossLines || inner.acrossLines,
  };
}

/** In how many ways one text leads through the positions of a pattern. */
class PathCounter {
  private readonly takes: readonly bigint[];
  private readonly next: readonly ReadonlyMap<number, number>[];

  constructor(
    { takes, next }: Positions,
    private readonly budget: WorkBudget,
  ) {
    this.takes = takes;
    this.next = next;
  }

  /** @param anchored whether a match can begin only at the start of the text, or of a line */
  growth({ first }: Part, anchored: boolean, lines: boolean, { newline }: Alphabet): Growth {
    const components = this.components();
    const loops = components.filter(([place = 0, ...more]) => more.length > 0 || this.next[place]!.has(place));
    for (const loop of loops) {
      if (loop.length > MAX_LOOP_POSITIONS) throw new PatternRefused("repeats something that is too large");
      if (this.isAmbiguous(loop)) throw new PatternRefused(AMBIGUOUS);
    }
    const masks = loops.map((loop) => this.maskOf(loop));
    const begins = anchored ? (lines ? newline : 0n) : this.maskOf(first);
    const powers: number[] = [];
    for (const [at, loop] of loops.entries()) {
      const reachable = this.reachedFrom(loop);
      // `loops` begins with the last one: these are the powers of what comes after.
      const others = powers.map((power, index) =>
        (masks[index]! & masks[at]!) !== 0n && reachable.has(loops[index]![0]!) ? power : 0,
      );
      powers.push(1 + Math.max(0, ...others));
    }
    const scanned = powers.map((power, at) => power + ((masks[at]! & begins) === 0n ? 0 : 1));
    const ways = this.maxPaths(first, components);
    return {
      power: Math.max(0, ...scanned),
      factor: ways <= MAX_FREE_PATHS ? 1 : ways,
      acrossLines: masks.some((mask) => (mask & newline) !== 0n),
    };
  }

  private maskOf(positions: readonly number[]): bigint {
    return positions.reduce((mask, place) => mask | this.takes[place]!, 0n);
  }

  private reachedFrom(positions: readonly number[]): Set<number> {
    const reached = new Set<number>();
    const open = [...positions];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      this.budget.spend(1 + this.next[one]!.size);
      for (const other of this.next[one]!.keys()) {
        if (reached.has(other)) continue;
        reached.add(other);
        open.push(other);
      }
    }
    return reached;
  }

  /** Groups of positions from which a match can return to each other, later ones first (after Tarjan). */
  private components(): number[][] {
    const order = new Map<number, number>();
    const low: number[] = [];
    const open: number[] = [];
    const isOpen = new Set<number>();
    const groups: number[][] = [];
    for (const root of this.next.keys()) {
      if (order.has(root)) continue;
      const path: { place: number; rest: Iterator<number> }[] = [];
      const enter = (place: number) => {
        this.budget.spend(1 + this.next[place]!.size);
        low[place] = order.size;
        order.set(place, order.size);
        open.push(place);
        isOpen.add(place);
        path.push({ place, rest: this.next[place]!.keys() });
      };
      enter(root);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const { place, rest } = top;
        const step = rest.next();
        if (!step.done) {
          if (!order.has(step.value)) enter(step.value);
          else if (isOpen.has(step.value)) low[place] = Math.min(low[place]!, order.get(step.value)!);
          continue;
        }
        path.pop();
        const before = path.at(-1);
        if (before) low[before.place] = Math.min(low[before.place]!, low[place]!);
        if (low[place] !== order.get(place)) continue;
        const group = open.splice(open.indexOf(place));
        for (const one of group) isOpen.delete(one);
        groups.push(group);
      }
    }
    return groups;
  }

  /** In how many ways a text may lead from the start to an end, without repetitions. */
  private maxPaths(first: readonly number[], groups: readonly (readonly number[])[]): number {
    const ways: number[] = [];
    // One text can take two positions together only if they share a character.
    const pathsThrough = (targets: readonly (readonly [number, number])[]): number => {
      const alike = new Map<bigint, number>();
      for (const [place, count] of targets) {
        const mask = this.takes[place]!;
        alike.set(mask, (alike.get(mask) ?? 0) + count * ways[place]!);
      }
      this.budget.spend(targets.length + alike.size * alike.size);
      const together = [...alike.keys()].map((mask) =>
        [...alike].reduce((sum, [other, count]) => ((mask & other) === 0n ? sum : sum + count), 0),
      );
      return Math.max(1, Math.ceil(targets.length / MAX_FREE_PATHS), ...together);
    };
    for (const group of groups) {
      const inside = new Set(group);
      const out = group.map((place) => pathsThrough([...this.next[place]!].filter(([other]) => !inside.has(other))));
      const most = Math.max(...out);
      for (const place of group) ways[place] = most;
    }
    return pathsThrough(first.map((place) => [place, 1] as const));
  }

  /** Whether one text leads from a position of the loop back to it in two ways. */
  private isAmbiguous(loop: readonly number[]): boolean {
    const inside = new Set(loop);
    if (loop.some((one) => [...this.next[one]!].some(([other, ways]) => ways > 1 && inside.has(other)))) return true;
    const size = this.takes.length;
    const pairs = new Map<number, number[]>();
    const open = loop.map((place) => place * size + place);
    const seen = new Set(open);
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      const found: number[] = [];
      const [ones, others] = [this.next[Math.floor(pair / size)]!, this.next[pair % size]!];
      this.budget.spend(ones.size * others.size);
      for (const left of ones.keys())
        for (const right of others.keys()) {
          if (!inside.has(left) || !inside.has(right) || (this.takes[left]! & this.takes[right]!) === 0n) continue;
          const next = left * size + right;
          found.push(next);
          if (seen.has(next)) continue;
          seen.add(next);
          open.push(next);
        }
      pairs.set(pair, found);
    }
    const areDistinct = (pair: number) => Math.floor(pair / size) !== pair % size;
    return [...pairs].some(([pair, found]) => areDistinct(pair) && !found.every(areDistinct));
  }
}
