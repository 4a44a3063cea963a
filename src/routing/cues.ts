import { MANNER } from "./manner.ts";
import { THINGS } from "./things.ts";
import { VERBS } from "./verbs.ts";

/**
 * What words tell of a goal. Each idea has its words; `weights.ts` says what an idea is worth where. Words are compared by stem, phrases word
 * by word, and `word*` stands for all words that begin so.
 */
export interface Cue {
  /** What a word of it does in a goal: completes `"fix" …`. */
  readonly says: string;
  /** A verb leads the sentence when it is what is asked for; anything else only stands in it. */
  readonly verb?: true;
  readonly words: string;
}

export const CUES = { ...VERBS, ...THINGS, ...MANNER } as const satisfies Record<string, Cue>;

export type Idea = keyof typeof CUES;

/** Words that turn round what comes after them. */
export const NEGATIONS = new Set(
  "not no never without don't dont doesn't isn't neither nor avoid nicht kein keine keinen ohne pas sans sin sem senza non niet geen zonder nie bez не без değil degil".split(
    " ",
  ),
);
/** After these a sentence tells of a circumstance, and its verbs ask for nothing. */
export const CIRCUMSTANCES = new Set(
  "when if while after before because since that which who whose whenever although wenn weil nachdem dass lorsque quand cuando porque quando se perche wanneer omdat als gdy kiedy jesli bo когда если".split(
    " ",
  ),
);
/** Between a leading verb and one of these stands what it is about. */
export const PREPOSITIONS = new Set(
  "for to in on of with from at by into onto that which so when where as via using between if after before because under over".split(
    " ",
  ),
);
/** A word after one of these is a thing, not what is asked for. */
export const ARTICLES = new Set(
  "a an the this that our your my its their these those each every no of for in on any some his her small tiny quick minor simple big new another one".split(
    " ",
  ),
);

/** An English verb that asks begins its clause, or comes after one of these. */
export const BEFORE_VERBS = new Set(
  "to and or please pls plz must should shall can could would will let's lets let we i you they just only simply also then now quickly kindly help me us need want wanna gotta go try don't not but bitte por favor completely fully properly finally automatically it users people".split(
    " ",
  ),
);

/** Sound words that a slip of the pen could have made of a cue. */
export const SOUND = new Set(
  "remote crate grate bread broke affix prefix suffix reporter reports adder builder future connect connection selection corrects remover move mode created create rest reset hidden update updated uploads loads plain plane plant plants planet state stated tests tasks texts style styles strings bigs begs bus links likes pages parts forms farms format former formal serve server servers service services reviews review preview previews exact extract export exports import imports expect expects repeat report deploys display displays filter filters letter letters better butter label labels cable cables table tables tablet system customs custom several severe serial series places planer planner planned trains trail trails spring sprint print prints point points paint comments commits commit common company compare compact complain complex complete components component".split(
    " ",
  ),
);
