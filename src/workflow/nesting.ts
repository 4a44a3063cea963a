import { Lexer } from "yaml";

/** Far deeper than a workflow, and far from where the parser would exhaust the stack. */
export const MOST_NESTED = 200;

/**
 * Where a YAML text becomes nested too deeply, if anywhere. The parser recurses, and a process whose stack is exhausted may
 * die of it rather than throw; so this is found out from the lexer's tokens, which come one after the other.
 */
export function tooDeepAt(text: string): number | undefined {
  const columns: number[] = []; // of the block collections that are open, at most
  let brackets = 0;
  let offset = 0;
  let lineStart = 0;
  let atStart = true; // only indicators and blanks so far on this line
  for (const lexeme of new Lexer().lex(text)) {
    const control = CONTROLS.has(lexeme); // marks of the lexer that are not in the text
    const blank = /^[ \t]*$/.test(lexeme);
    if (lexeme === "[" || lexeme === "{") brackets++;
    else if ((lexeme === "]" || lexeme === "}") && brackets > 0) brackets--;
    else if (atStart && brackets === 0 && !control && !blank) {
      const column = offset - lineStart;
      while (columns.length > 0 && columns[columns.length - 1]! >= column) columns.pop();
      columns.push(column);
      atStart = lexeme === "-" || lexeme === "?" || lexeme === ":";
    }
    if (columns.length + brackets > MOST_NESTED) return offset;
    if (control) continue;
    offset += lexeme.length;
    if (!lexeme.includes("\n")) continue;
    lineStart = offset - (lexeme.length - 1 - lexeme.lastIndexOf("\n"));
    atStart = true;
  }
  return undefined;
}

const CONTROLS = new Set(["\u0002", "\u0018", "\u001f"]);
