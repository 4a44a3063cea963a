import type { JsonValue } from "../model/workflow.ts";
import { kept } from "./kept.ts";
import { formsIn, literalsIn, type Token, tokensIn } from "./recognise.ts";

/** Values stand at the beginning, or are few: so much of a goal is searched for them. */
const READ = 2000;

/** A goal with what in it looks like a value: among these, each parameter seeks its own. */
export interface Text {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly literals: readonly Token[];
  readonly forms: readonly Token[];
}

/** Every template asks about the same goal, but for its own name. */
export const textOf = kept((goal: string): Text => {
  const text = goal.slice(0, READ);
  const tokens = tokensIn(text);
  return { text, tokens, literals: literalsIn(text), forms: formsIn(text, tokens) };
}, 16);

/** A value that a goal gives to a parameter. `sure`: it can hardly stand there by chance. */
export interface Find {
  readonly value: JsonValue;
  readonly sure: boolean;
}

export const sure = (value: JsonValue): Find => ({ value, sure: true });
export const likely = (value: JsonValue): Find => ({ value, sure: false });
