interface Heredoc {
  readonly delimiter: string;
  /** Begun with `<<-`: tabs before its lines do not count. */
  readonly tabs: boolean;
  /** Its text is taken as it stands. */
  readonly quoted: boolean;
}

/** Follows the here-documents of a shell text: announced on one line, their bodies begin on the next. */
export class HereDocuments {
  private readonly announced: Heredoc[] = [];
  private body: Heredoc | undefined;
  private line = "";

  /** Some are announced and not begun. */
  get pending(): boolean {
    return this.announced.length > 0;
  }

  get inBody(): boolean {
    return this.body !== undefined;
  }

  /** Reads `<<WORD` at `i`; gives its length, or `undefined` if its end is not a plain word, quoted or not. */
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

  /** Reads a character of a body. False: its end can no longer be told, since it may lie inside a substitution. */
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
