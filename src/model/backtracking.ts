import { type AST, RegExpParser } from "@eslint-community/regexpp";

/** What trying all the ways in which a pattern may match a text can cost. */
export interface Cost {
  /** Why the pattern must not be applied at all. */
  readonly refused?: string;
  /** Characters of text it may be applied to; absent: as many as there are. */
  readonly longest?: number;
  /** Whether its repetitions may go on over the end of a line. */
  readonly acrossLines?: boolean;
}

/** Steps that one match may take at worst: about a second. */
const STEPS = 1e9;
/** A repetition of at most so many times is written out; a longer one is taken for one without end. */
const WRITTEN_OUT = 8;
const MOST_POSITIONS = 1_500;
/** Places inside of one repetition: what is looked at grows with their square, and with that of the ways between them. */
const MOST_REPEATED = 100;

const known = new Map<string, Cost>();

/**
 * The engine of regular expressions tries one way after another, and blocks everything else meanwhile. Where a repetition can match one
 * text in two ways, the number of ways doubles with each time round, and no bound on the text helps. Where several repetitions after one
 * another share a text between them, it grows with a power of its length. Source that is no pattern costs nothing: it is never applied.
 */
export function costOf(source: string): Cost {
  const before = known.get(source);
  if (before) return before;
  if (known.size > 500) known.clear();
  const cost = judged(source);
  known.set(source, cost);
  return cost;
}

function judged(source: string): Cost {
  let pattern: AST.Pattern;
  try {
    pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, undefined, undefined, { unicode: true });
  } catch {
    return {};
  }
  const graph = new Graph(source);
  try {
    const start = graph.alternatives(pattern.alternatives);
    const anchored = pattern.alternatives.every(
      ({ elements: [first] }) => first?.type === "Assertion" && first.kind === "start",
    );
    return graph.cost(anchored ? undefined : start.first);
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    throw error;
  }
}

class Refused extends Error {}
const AMBIGUOUS = "repeats something that can match one text in many ways, which may take for ever";

/** A part of a pattern: which characters it may begin and end with. */
interface Part {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}
const NOTHING: Part = { nullable: true, first: [], last: [] };

/** The places in a pattern that take a character, and from which to which of them a match can go. */
class Graph {
  /** What each takes of the characters by which it can be told from others. */
  private readonly takes: bigint[] = [];
  /** In how many ways a match gets from one to another. */
  private readonly next: Map<number, number>[] = [];
  private readonly samples: readonly string[];

  constructor(source: string) {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    this.samples = [
      ...new Set([...ascii, ..."\u00a0\u00df\u00e9\u03b1\u0416\u05d0\u3042\u4e2d\u2028\ud83d\ude00", ...source]),
    ];
  }

  alternatives(alternatives: readonly AST.Alternative[]): Part {
    const parts = alternatives.map(({ elements }) =>
      elements.map((element) => this.part(element)).reduce((left, right) => this.joined(left, right), NOTHING),
    );
    return {
      nullable: parts.some(({ nullable }) => nullable),
      first: parts.flatMap(({ first }) => first),
      last: parts.flatMap(({ last }) => last),
    };
  }

  private part(element: AST.Element): Part {
    switch (element.type) {
      case "Group":
      case "CapturingGroup":
        return this.alternatives(element.alternatives);
      case "Quantifier":
        return this.repeated(element);
      case "Assertion":
        // What it looks at is tried on its own.
        if ("alternatives" in element) this.alternatives(element.alternatives);
        return NOTHING;
      case "Backreference":
        return NOTHING;
      default:
        return this.place(element.raw);
    }
  }

  private place(raw: string): Part {
    const at = this.takes.length;
    if (at >= MOST_POSITIONS) throw new Refused("is too large");
    const one = new RegExp(`^(?:${raw})$`, "u");
    this.takes.push(
      this.samples.reduce((taken, sample, bit) => (one.test(sample) ? taken | (1n << BigInt(bit)) : taken), 0n),
    );
    this.next.push(new Map());
    return { nullable: false, first: [at], last: [at] };
  }

  private joined(left: Part, right: Part): Part {
    this.link(left.last, right.first);
    return {
      nullable: left.nullable && right.nullable,
      first: left.nullable ? [...left.first, ...right.first] : left.first,
      last: right.nullable ? [...left.last, ...right.last] : right.last,
    };
  }

  private link(from: readonly number[], to: readonly number[]): void {
    for (const one of from) for (const other of to) this.next[one]!.set(other, (this.next[one]!.get(other) ?? 0) + 1);
  }

  private repeated({ element, min, max }: AST.Quantifier): Part {
    if (max === 0) return NOTHING;
    const endless = max > WRITTEN_OUT;
    let rest = NOTHING;
    if (endless) {
      const body = this.part(element);
      if (body.nullable && max !== Number.POSITIVE_INFINITY) throw new Refused(AMBIGUOUS);
      this.link(body.last, body.first);
      rest = min === 0 ? { ...body, nullable: true } : body;
    }
    const written = endless ? Math.min(min, WRITTEN_OUT) - 1 : max;
    for (let copy = written; copy > 0; copy--) {
      const more = this.joined(this.part(element), rest);
      rest = !endless && copy > min ? { ...more, nullable: true } : more;
    }
    return rest;
  }

  /** @param start where a match may begin anywhere in the text: what it begins with */
  cost(start: readonly number[] | undefined): Cost {
    const loops = this.loops();
    const maskOf = (places: readonly number[]) => places.reduce((mask, place) => mask | this.takes[place]!, 0n);
    for (const loop of loops) if (this.isAmbiguous(loop)) throw new Refused(AMBIGUOUS);
    const powers: number[] = [];
    const begins = start ? maskOf(start) : 0n;
    // In the order in which a match comes through them.
    for (const [at, loop] of loops.entries()) {
      const mask = maskOf(loop);
      const reachable = this.reachedFrom(loop);
      const others = loops
        .slice(0, at)
        .map((other, index) => ((maskOf(other) & mask) !== 0n && reachable.has(other[0]!) ? powers[index]! : 0));
      // `loops` begins with the last: these are the powers of what comes after.
      powers.push(1 + Math.max(0, ...others));
    }
    const scanned = loops.map((loop, at) => powers[at]! + ((maskOf(loop) & begins) === 0n ? 0 : 1));
    const power = Math.max(0, ...scanned);
    const acrossLines = loops.some((loop) => (maskOf(loop) & (1n << BigInt(this.samples.indexOf("\n")))) !== 0n);
    return power <= 1 ? {} : { longest: Math.floor(STEPS ** (1 / power) + 1e-6), acrossLines };
  }

  private reachedFrom(places: readonly number[]): Set<number> {
    const reached = new Set<number>();
    const open = [...places];
    for (let one = open.pop(); one !== undefined; one = open.pop())
      for (const other of this.next[one]!.keys()) {
        if (reached.has(other)) continue;
        reached.add(other);
        open.push(other);
      }
    return reached;
  }

  /** The sets of places from each of which a match can come back to each, those that come later in a match first. */
  private loops(): number[][] {
    const reach = this.next.map((_, place) => this.reachedFrom([place]));
    const seen = new Set<number>();
    const loops: number[][] = [];
    for (const [place, reached] of reach.entries()) {
      if (seen.has(place) || !reached.has(place)) continue;
      const loop = [...reached].filter((other) => reach[other]!.has(place));
      for (const other of loop) seen.add(other);
      if (loop.length > MOST_REPEATED) throw new Refused("repeats something that is too large");
      loops.push(loop);
    }
    return loops.sort(([a], [b]) => reach[a!]!.size - reach[b!]!.size);
  }

  /** Whether one text leads from a place of the loop back to it in two ways. */
  private isAmbiguous(loop: readonly number[]): boolean {
    const inside = new Set(loop);
    if (loop.some((one) => [...this.next[one]!].some(([other, ways]) => ways > 1 && inside.has(other)))) return true;
    const size = this.takes.length;
    const pairs = new Map<number, number[]>();
    const open = loop.map((place) => place * size + place);
    const seen = new Set(open);
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      const found: number[] = [];
      for (const left of this.next[Math.floor(pair / size)]!.keys())
        for (const right of this.next[pair % size]!.keys()) {
          if (!inside.has(left) || !inside.has(right) || (this.takes[left]! & this.takes[right]!) === 0n) continue;
          const next = left * size + right;
          found.push(next);
          if (seen.has(next)) continue;
          seen.add(next);
          open.push(next);
        }
      pairs.set(pair, found);
    }
    const isTwo = (pair: number) => Math.floor(pair / size) !== pair % size;
    return [...pairs].some(([pair, found]) => isTwo(pair) && !found.every(isTwo));
  }
}
