/**
 * Whether Baton may execute what lies in a state directory (SEMANTICS §10). A repository can ship one, and another
 * user can leave one behind. Untrusted content is data: Baton reads it and runs nothing of it.
 */
export interface Trust {
  /** Why Baton executes nothing from this state directory, as a sentence; `undefined` if it may. */
  refusal(): string | undefined;
  /** Why Baton does not know that this user's Baton made a run, as a sentence; `undefined` if it knows. */
  foreign(id: string): string | undefined;
  /** The proof for a new run, computed from the text of its definition. Throws if there can be no key. */
  prove(id: string, definition: string): string;
  /** Whether the directory carries this user's mark: Baton made it, or the user trusts it. */
  marked(): boolean;
  /** Whether the mark covers its `config.json` too, which names programs. */
  coversConfig(): boolean;
  /** Marks a directory that Baton has just made. Without a key it stays unmarked. */
  mark(): void;
  /** Makes a run, as it is now, this user's own. */
  admitRun(id: string): void;
  /** Marks the directory as it is now, its `config.json` included. That also admits an owner other than this user. */
  admit(): void;
}

/** Everything in the store is this process's own. */
export const TRUSTED: Trust = {
  refusal: () => undefined,
  foreign: () => undefined,
  prove: () => "",
  marked: () => true,
  coversConfig: () => true,
  mark() {},
  admitRun() {},
  admit() {},
};
