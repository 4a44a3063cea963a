import { type AST, visitRegExpAST } from "@eslint-community/regexpp";

/** Why a pattern is not applied at all. */
export class PatternRefused extends Error {}
export const AMBIGUOUS = "repeats something that can match one text in many ways, so matching may never end";
const TOO_LARGE = "is too large";

/** A repetition up to so many times is written out. A longer one counts as endless. */
const MAX_UNROLLED = 8;
const MAX_POSITIONS = 1_500;
/** Steps that judging one pattern may take: well below a tenth of a second. */
const MAX_WORK_STEPS = 150_000;

/** A part of a pattern: which positions may take its first and its last character. */
export interface Part {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}
const NOTHING: Part = { nullable: true, first: [], last: [] };

/** The inside of a look-around. The engine tries it on its own wherever a match passes. */
export interface LookAround {
  readonly alternatives: readonly AST.Alternative[];
  /** Whether a match can pass in many ways: after a repetition or inside one. */
  readonly afterLoop: boolean;
}

/** What judging may still cost. It is counted, so the verdict is the same everywhere. */
export class WorkBudget {
  private left = MAX_WORK_STEPS;

  get spent(): number {
    return MAX_WORK_STEPS - Math.max(0, this.left);
  }

  spend(work: number): void {
    this.left -= work;
    if (this.left < 0) throw new PatternRefused(TOO_LARGE);
  }
}

/** The characters that tell positions apart: wherever a set of characters begins or ends. */
export class Alphabet {
  private readonly samples: readonly string[];
  private readonly bits = new Map<string, bigint>();
  private readonly masks = new Map<string, bigint>();
  readonly all: bigint;
  readonly newline: bigint;

  constructor(
    pattern: AST.Pattern,
    private readonly flags: string,
    private readonly budget: WorkBudget,
  ) {
    const points = new Set<number>([...Array(128).keys(), ...BEYOND_ASCII]);
    visitRegExpAST(pattern, {
      onCharacterEnter: ({ value }) => void points.add(value).add(Math.min(value + 1, 0x10ffff)),
      onCharacterClassRangeEnter: ({ max }) => void points.add(Math.min(max.value + 1, 0x10ffff)),
      onCharacterSetEnter: (set) => {
        if (set.kind === "property") for (const point of propertyEdges(set.raw)) points.add(point);
      },
    });
    this.samples = [...points].map((point) => String.fromCodePoint(point));
    for (const [at, sample] of this.samples.entries()) this.bits.set(sample, 1n << BigInt(at));
    this.all = (1n << BigInt(this.samples.length)) - 1n;
    this.newline = this.bits.get("\n")!;
  }

  /** Which of them a position takes. */
  taken(element: AST.Element): bigint {
    if (element.type === "Backreference") return this.all;
    if (element.type === "Character") return this.bits.get(String.fromCodePoint(element.value))!;
    const known = this.masks.get(element.raw);
    if (known !== undefined) return known;
    this.budget.spend(this.samples.length);
    const one = new RegExp(`^(?:${element.raw})$`, this.flags);
    let mask = 0n;
    for (const sample of this.samples) if (one.test(sample)) mask |= this.bits.get(sample)!;
    this.masks.set(element.raw, mask);
    return mask;
  }
}

/**
 * Beyond ASCII: where white space begins and ends (`\s`, `\S` and the dot depend on it), and one letter of each of
 * many scripts.
 */
const BEYOND_ASCII = [
  ...[0xa0, 0xa1, 0x1680, 0x1681, 0x2000, 0x200b, 0x2028, 0x202a, 0x202f, 0x2030, 0x205f, 0x2060, 0x3000, 0x3001],
  ...[0xfeff, 0xff00, 0xdf, 0xe9, 0x3b1, 0x416, 0x5d0, 0x3042, 0x4e2d, 0xd83d, 0x1f600],
];

const edgesByProperty = new Map<string, readonly number[]>();

/** Where the characters of a property begin and end. There are a few hundred properties; each is searched once. */
function propertyEdges(raw: string): readonly number[] {
  const known = edgesByProperty.get(raw);
  if (known) return known;
  const one = new RegExp(`^${raw}$`, "u");
  const found: number[] = [];
  let inside = false;
  for (let point = 0; point < 0x20000; point++) {
    if (one.test(String.fromCodePoint(point)) === inside) continue;
    inside = !inside;
    found.push(point);
  }
  edgesByProperty.set(raw, found);
  return found;
}

/** The positions of a pattern that take a character, and the transitions of a match between them. */
export class Positions {
  /** What each takes of the alphabet. */
  readonly takes: bigint[] = [];
  /** In how many ways a match gets from one to another. */
  readonly next: Map<number, number>[] = [];
  readonly lookArounds: LookAround[] = [];
  private loops = 0;

  constructor(
    private readonly alphabet: Alphabet,
    private readonly budget: WorkBudget,
  ) {}

  alternatives(alternatives: readonly AST.Alternative[]): Part {
    const parts = alternatives.map(({ elements }) => {
      let whole = NOTHING;
      for (const element of elements) whole = this.sequence(whole, this.part(element));
      return whole;
    });
    return {
      nullable: parts.some(({ nullable }) => nullable),
      first: parts.flatMap(({ first }) => first),
      last: parts.flatMap(({ last }) => last),
    };
  }

  private part(element: AST.Element): Part {
    this.budget.spend(1);
    switch (element.type) {
      case "Group":
        if (element.modifiers) throw new PatternRefused("changes in the middle how letters are compared");
        return this.alternatives(element.alternatives);
      case "CapturingGroup":
        return this.alternatives(element.alternatives);
      case "Quantifier":
        return this.repetition(element);
      case "Assertion":
        if ("alternatives" in element)
          this.lookArounds.push({ alternatives: element.alternatives, afterLoop: this.loops > 0 });
        return NOTHING;
      case "Backreference": {
        // As long as what it repeats, and of any characters.
        this.loops++;
        const back = this.position(element);
        this.link(back.last, back.first);
        return { ...back, nullable: true };
      }
      default:
        return this.position(element);
    }
  }

  private position(element: AST.Element): Part {
    const at = this.takes.length;
    if (at >= MAX_POSITIONS) throw new PatternRefused(TOO_LARGE);
    this.takes.push(this.alphabet.taken(element));
    this.next.push(new Map());
    return { nullable: false, first: [at], last: [at] };
  }

  private sequence(left: Part, right: Part): Part {
    this.link(left.last, right.first);
    this.budget.spend((left.nullable ? left.first.length : 0) + (right.nullable ? right.last.length : 0));
    return {
      nullable: left.nullable && right.nullable,
      first: left.nullable ? [...left.first, ...right.first] : left.first,
      last: right.nullable ? [...left.last, ...right.last] : right.last,
    };
  }

  private link(from: readonly number[], to: readonly number[]): void {
    this.budget.spend(from.length * to.length);
    for (const one of from) for (const other of to) this.next[one]!.set(other, (this.next[one]!.get(other) ?? 0) + 1);
  }

  private repetition({ element, min, max }: AST.Quantifier): Part {
    if (max === 0) return NOTHING;
    const endless = max > MAX_UNROLLED;
    let rest = NOTHING;
    if (endless) {
      this.loops++;
      const body = this.part(element);
      if (body.nullable && max !== Number.POSITIVE_INFINITY) throw new PatternRefused(AMBIGUOUS);
      this.link(body.last, body.first);
      rest = min === 0 ? { ...body, nullable: true } : body;
    }
    const written = endless ? Math.min(min, MAX_UNROLLED) - 1 : max;
    for (let copy = written; copy > 0; copy--) {
      const more = this.sequence(this.part(element), rest);
      rest = !endless && copy > min ? { ...more, nullable: true } : more;
    }
    return rest;
  }
}
