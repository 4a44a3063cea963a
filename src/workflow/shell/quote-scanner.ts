import { HereDocuments } from "./heredoc.ts";
import { ShellWord } from "./shell-word.ts";

/**
 * Where in shell text a placeholder stands. This is no parser of the shell's grammar. It follows only quotes,
 * substitutions and comments, which decide how to write a variable there. Shells differ (dash, bash 3.2 as macOS's
 * sh): where two of them could read a text differently, everything after it is refused.
 */
export type QuoteContext =
  | { readonly quotes: "none" | "double" | "single" }
  | { readonly refused: string; readonly hint?: string };

/**
 * `plain`: the text itself. `substitution`: `$(…)`. The others as their names say. `open` counts the parentheses or
 * brackets that must close before the frame ends.
 */
interface Frame {
  readonly kind: "plain" | "substitution" | "double" | "single" | "backticks" | "parameter" | "arithmetic" | "test";
  open: number;
}

const REFUSED_CONTEXTS: Partial<Record<Frame["kind"], QuoteContext>> = {
  backticks: { refused: "inside backticks", hint: "Write $(…) instead of backticks." },
  parameter: { refused: "inside ${…}" },
  arithmetic: { refused: "inside arithmetic, which the shell evaluates" },
  test: { refused: "inside [[ … ]], which evaluates numbers", hint: "Write [ … ] instead." },
};

/** Stands for a placeholder in the scanned text: a word character that is special nowhere. */
const PLACEHOLDER_MARK = "\uE000";

/** Every character scans what is around a place, so its depth has a bound. */
const MAX_FRAMES = 100;

export class ShellScanner {
  private readonly frames: Frame[] = [{ kind: "plain", open: 0 }];
  /** What ended the scanner's certainty. */
  private gaveUpAt: string | undefined;
  /** The current word, for comments and keywords. */
  private readonly word = new ShellWord();
  private comment = false;
  private readonly heredocs = new HereDocuments();

  /** The place of a placeholder after everything read so far. */
  placeholderContext(): QuoteContext {
    const currentContext = this.place();
    if (this.heredocs.inBody) this.heredocs.read(PLACEHOLDER_MARK);
    this.word.add(PLACEHOLDER_MARK);
    return currentContext;
  }

  private place(): QuoteContext {
    if (this.gaveUpAt !== undefined) return { refused: `after ${this.gaveUpAt}` };
    if (this.heredocs.inBody) return { refused: "inside a here-document" };
    for (const { kind } of this.frames) {
      const refused = REFUSED_CONTEXTS[kind];
      if (refused) return refused;
    }
    const { kind } = this.top;
    if (kind === "double" || kind === "single") return { quotes: kind };
    if (this.word.inIndex) return { refused: "inside an array index, which the shell evaluates" };
    return { quotes: "none" };
  }

  private get top(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  private push(kind: Frame["kind"], open = 0): void {
    if (this.frames.length > MAX_FRAMES)
      this.giveUp(`more than ${MAX_FRAMES} quotes and substitutions inside each other`);
    this.frames.push({ kind, open });
    this.word.begin();
  }

  private pop(): void {
    this.frames.pop();
    this.word.begin(PLACEHOLDER_MARK); // the word goes on behind the closing quote
  }

  private giveUp(what: string): void {
    this.gaveUpAt ??= what;
  }

  /** Follows literal text. */
  read(text: string): void {
    let i = 0;
    while (i < text.length && this.gaveUpAt === undefined) i += this.step(text, i);
  }

  /** Reads at `i`, and returns how many characters that took. */
  private step(text: string, i: number): number {
    const ch = text[i]!;
    if (this.heredocs.inBody) {
      if (!this.heredocs.read(ch)) this.giveUp("a here-document with substitutions");
      return 1;
    }
    if (this.comment) return this.inComment(ch);
    if (ch === "\n" && this.heredocs.pending && this.frames.length > 1) {
      this.giveUp("a here-document begun on a line that goes on in quotes or brackets");
    }
    const escaped = ch === "\\" && text[i + 1] !== "\n" ? 2 : 1;
    switch (this.top.kind) {
      case "single":
        if (ch === "'") this.pop();
        return 1;
      case "double":
        if (ch === '"') this.pop();
        else if (ch === "$" || ch === "`") return this.expansion(text, i, true);
        return escaped;
      case "backticks":
        if (ch === "`") this.pop();
        return escaped;
      case "parameter":
        return this.inParameter(text, i);
      case "arithmetic":
        return this.inArithmetic(text, i);
      default:
        return this.inCode(text, i);
    }
  }

  private inCode(text: string, i: number): number {
    const ch = text[i]!;
    const { top } = this;
    switch (ch) {
      case "'":
        this.push("single");
        return 1;
      case '"':
        this.push("double");
        return 1;
      case "\\":
        if (text[i + 1] !== "\n") this.word.add(PLACEHOLDER_MARK);
        return 2;
      case "$":
      case "`":
        return this.expansion(text, i, false);
      case "#":
        if (this.word.isEmpty) this.comment = true;
        else this.word.add(ch);
        return 1;
      case "(":
        this.endWord();
        if (text[i + 1] === "(") {
          this.push("arithmetic", 2);
          return 2;
        }
        if (top.kind === "substitution") top.open++;
        return 1;
      case ")":
        this.endWord();
        if (top.kind === "substitution" && top.open-- === 0) this.pop();
        return 1;
      case "<":
        return this.redirection(text, i);
      case "\n":
        this.endWord();
        this.newline();
        return 1;
      case " ":
      case "\t":
      case ";":
      case "&":
      case "|":
      case ">":
        this.endWord();
        return 1;
      default:
        this.word.add(ch);
        return 1;
    }
  }

  /** A word that changes how the following text is read. */
  private endWord(): void {
    const known = ["[[", "]]", "case"].find((one) => this.word.is(one));
    this.word.begin();
    if (known === "[[") this.push("test");
    else if (known === "]]" && this.top.kind === "test") this.frames.pop();
    else if (known === "case" && this.frames.some(({ kind }) => kind === "substitution")) {
      this.giveUp("a case inside $(…)");
    }
  }

  /** `$…` or a backtick. In double quotes, `$'` and `$"` are no quotes. */
  private expansion(text: string, i: number, quoted: boolean): number {
    if (text[i] === "`") {
      this.push("backticks");
      return 1;
    }
    if (text.startsWith("$((", i)) {
      this.push("arithmetic", 2);
      return 3;
    }
    switch (text[i + 1]) {
      case "(":
        this.push("substitution");
        return 2;
      case "{":
        this.push("parameter");
        return 2;
      case "[":
        this.giveUp("$[…]");
        return 2;
      case "'":
        if (quoted) break;
        return this.ansiQuotes(text, i + 2) - i;
    }
    this.word.add("$");
    return 1;
  }

  /** `$'…'`: an escape in bash, a dollar and a quote in dash. They agree on its end unless it holds a backslash. */
  private ansiQuotes(text: string, from: number): number {
    const end = text.indexOf("'", from);
    this.word.add(PLACEHOLDER_MARK);
    if (end === -1 || text.slice(from, end).includes("\\")) this.giveUp("$'…'");
    return end === -1 ? text.length : end + 1;
  }

  private inParameter(text: string, i: number): number {
    const ch = text[i]!;
    const inQuotes = this.frames.some(({ kind }) => kind === "double");
    if (ch === "}") this.pop();
    else if (ch === "\\") return 2;
    else if (ch === "$" || ch === "`") return this.expansion(text, i, true);
    else if (ch === '"' || ch === "'") {
      if (inQuotes) this.giveUp("quotes inside ${…}");
      else this.push(ch === '"' ? "double" : "single");
    }
    return 1;
  }

  private inArithmetic(text: string, i: number): number {
    const ch = text[i]!;
    const { top } = this;
    if (ch === "(") top.open++;
    else if (ch === ")") {
      top.open--;
      if (top.open === 0) this.pop();
    } else if (/["'`\\#\n]/.test(ch)) this.giveUp("arithmetic that is not plain");
    return 1;
  }

  private redirection(text: string, i: number): number {
    this.endWord();
    if (!text.startsWith("<<", i)) return 1;
    if (text.startsWith("<<<", i)) {
      this.giveUp("<<<");
      return 3;
    }
    const length = this.frames.length === 1 ? this.heredocs.announce(text, i) : undefined;
    if (length === undefined) this.giveUp("a here-document whose end is not plain");
    return length ?? 2;
  }

  private newline(): void {
    if (this.heredocs.pending) this.heredocs.begin();
  }

  private inComment(ch: string): number {
    if (ch === "\n") {
      this.comment = false;
      this.newline();
    } else if (this.frames.length > 1 && /["'`()$\\]/.test(ch)) this.giveUp("a comment inside $(…)");
    return 1;
  }
}
