import { Lexer } from "yaml";
import { groupDigits } from "../../model/text/format.ts";

/** Far deeper than a workflow, and far from where the parser would exhaust the stack. */
const MAX_LEVELS = 200;
/** Some ten thousand steps. The parser needs a few microseconds for each piece, such as a key, a colon, a line's indentation. */
const MAX_TOKENS = 400_000;
const MAX_CHARACTERS = 4_000_000;

/** Where a text becomes more than is read, and what of it is too much. */
export interface YamlLimitError {
  readonly offset: number;
  readonly message: string;
}

const SPLIT_HINT = "Write it as JSON, which is read faster, or make several workflows of it";

/**
 * Whether a YAML text is nested too deeply or too large to be read, and from where on. The parser recurses, and a process whose stack is
 * exhausted may die of it rather than throw; and all that it does blocks everything else. So this is found out from the lexer's tokens, which
 * come one after the other.
 */
export function yamlLimitError(text: string): YamlLimitError | undefined {
  if (text.length > MAX_CHARACTERS) {
    const message = `More than ${groupDigits(MAX_CHARACTERS)} characters of YAML are not read. ${SPLIT_HINT}`;
    return { offset: MAX_CHARACTERS, message };
  }
  let pieces = 0;
  const columns: number[] = []; // of the block collections that are open, at most
  let brackets = 0;
  let offset = 0;
  let lineStart = 0;
  let atStart = true; // only indicators and blanks so far on this line
  for (const lexeme of new Lexer().lex(text)) {
    const control = LEXER_MARKS.has(lexeme); // marks of the lexer that are not in the text
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
      const message = `More than ${groupDigits(MAX_TOKENS)} words and signs of YAML are not read. ${SPLIT_HINT}`;
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
