/** No word that the scanner knows is longer. */
const MAX_KEYWORD_LENGTH = 16;

/** The current word of shell text, as far as it matters. However long it is, one more character costs the same. */
export class ShellWord {
  /** Its beginning, enough to recognise a keyword. */
  private beginning = "";
  /** Whether it may still become `name[…`, and how far it is. */
  private indexState: "start" | "name" | "inside" | "none" = "start";

  get isEmpty(): boolean {
    return this.beginning === "";
  }

  /** Whether what follows stands between the brackets of `name[…]`. */
  get inIndex(): boolean {
    return this.indexState === "inside";
  }

  is(word: string): boolean {
    return this.beginning === word;
  }

  add(ch: string): void {
    if (this.beginning.length <= MAX_KEYWORD_LENGTH) this.beginning += ch;
    if (this.indexState === "inside") this.indexState = ch === "]" ? "none" : "inside";
    else if (this.indexState === "name" && ch === "[") this.indexState = "inside";
    else if (this.indexState !== "none") this.indexState = /^\w$/.test(ch) ? "name" : "none";
  }

  /** Begins another word; `with` a character that cannot begin a known one. */
  begin(first = ""): void {
    this.beginning = "";
    this.indexState = "start";
    if (first !== "") this.add(first);
  }
}
