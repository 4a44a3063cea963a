interface Heredoc {
  readonly delimiter: string;
  /** It begins with `<<-`: tabs before its lines do not count. */
  readonly tabs: boolean;
  /** Its text is literal. */
  readonly quoted: boolean;
}

/** Follows the here-documents of a shell text. One line announces them; their bodies begin on the next. */
export class HereDocuments {
  private readonly announced: Heredoc[] = [];
  private body: Heredoc | undefined;
  private line = "";

  /** Whether some are announced and have not begun. */
  get pending(): boolean {
    return this.announced.length > 0;
  }

  get inBody(): boolean {
    return this.body !== undefined;
  }

  /** Reads `<<WORD` at `i` and returns its length; `undefined` if its end is no plain word, quoted or not. */
  announce(text: string, i: number): number | undefined {
    const form = /<<(-?)[ \t]*(?:'([\w.-]+)'|"([\w.-]+)"|([\w.-]+))(?=[\s;&|<>)])/y;
    form.lastIndex = i;
    const found = form.exec(text);
    if (found === null) return undefined;
    const delimiter = (found[2] ?? found[3] ?? found[4])!;
    this.announced.push({ delimiter, tabs: found[1] === "-", quoted: found[4] === undefined });
    return found[0].length;
  }

  /** The line of the announcement ends. */
  begin(): void {
    this.body = this.announced.shift();
    this.line = "";
  }

  /**
   * Reads a character of a body. Returns false if its end is no longer certain, since it may lie inside a
   * substitution.
   */
  read(ch: string): boolean {
    if (ch !== "\n" || this.body === undefined) {
      this.line += ch;
      return true;
    }
    const { delimiter, tabs, quoted } = this.body;
    const line = tabs ? this.line.replace(/^\t+/, "") : this.line;
    const outside = line.replace(/\$\([^()"'`]*\)|\$\{[^{}"'`]*\}/g, "");
    if (line === delimiter) this.begin();
    this.line = "";
    return quoted || !/\$[({]|`|\\$/.test(outside);
  }
}
