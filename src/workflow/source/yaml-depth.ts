import { Lexer } from "yaml";
import { groupDigits } from "../../model/text/format.ts";

/** No workflow is this deep, and the parser's stack lasts far longer. */
const MAX_LEVELS = 200;
/** About ten thousand steps. The parser takes a few microseconds for a token: a key, a colon, an indentation. */
const MAX_TOKENS = 400_000;
const MAX_CHARACTERS = 4_000_000;

/** The limit that a text exceeds, and the offset where it does. */
export interface YamlLimitError {
  readonly offset: number;
  readonly message: string;
}

const SPLIT_HINT = "Write it as JSON, which may be larger, or split it into several workflows";

/**
 * Checks the size and depth of a YAML text before it is parsed; `undefined` if it is within the limits. The parser
 * recurses, and a process with an exhausted stack may die instead of throwing. The parser also blocks the process. The
 * lexer yields one token after another, so this check needs neither stack nor much time.
 */
export function yamlLimitError(text: string): YamlLimitError | undefined {
  if (text.length > MAX_CHARACTERS) {
    const message = `The YAML is longer than ${groupDigits(MAX_CHARACTERS)} characters. ${SPLIT_HINT}`;
    return { offset: MAX_CHARACTERS, message };
  }
  let pieces = 0;
  const columns: number[] = []; // columns of the block collections that may be open
  let brackets = 0;
  let offset = 0;
  let lineStart = 0;
  let atStart = true; // the line has only indicators and blanks so far
  for (const lexeme of new Lexer().lex(text)) {
    const control = LEXER_MARKS.has(lexeme); // the lexer adds these; they are not in the text
    const blank = /^[ \t]*$/.test(lexeme);
    if (lexeme === "[" || lexeme === "{") brackets++;
    else if ((lexeme === "]" || lexeme === "}") && brackets > 0) brackets--;
    else if (atStart && brackets === 0 && !control && !blank) {
      const column = offset - lineStart;
      while (columns.length > 0 && columns[columns.length - 1]! >= column) columns.pop();
      columns.push(column);
      atStart = lexeme === "-" || lexeme === "?" || lexeme === ":";
    }
    if (columns.length + brackets > MAX_LEVELS) return { offset, message: `Nested deeper than ${MAX_LEVELS} levels` };
    if (++pieces > MAX_TOKENS) {
      const message = `The YAML has more than ${groupDigits(MAX_TOKENS)} words and signs. ${SPLIT_HINT}`;
      return { offset, message };
    }
    if (control) continue;
    offset += lexeme.length;
    if (!lexeme.includes("\n")) continue;
    lineStart = offset - (lexeme.length - 1 - lexeme.lastIndexOf("\n"));
    atStart = true;
  }
  return undefined;
}

const LEXER_MARKS = new Set(["\u0002", "\u0018", "\u001f"]);
