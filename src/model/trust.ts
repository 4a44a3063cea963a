/**
 * Whether what lies in a state directory may be executed (SEMANTICS §10): a repository can ship one, and another user can leave one behind.
 * What is not trusted is data: it can be read, and nothing of it runs.
 */
export interface Trust {
  /** Why nothing at all is executed from this state directory, whoever made it, in a sentence; `undefined`: it may be. */
  refusal(): string | undefined;
  /** Why a run is not known to be made by this user's Baton, in a sentence; `undefined`: it is. */
  foreign(id: string): string | undefined;
  /** The proof that goes with a new run, for the text of its definition. Throws where there can be no key. */
  prove(id: string, definition: string): string;
  /** Whether the directory carries this user's mark: Baton made it, or somebody said that it is trusted. */
  marked(): boolean;
  /** Whether its `config.json` is under that mark, too: it names programs. */
  countsConfig(): boolean;
  /** Marks a directory that Baton has just made. Without a key it stays without a mark. */
  mark(): void;
  /** Makes a run, as it is now, one of this user's. */
  admitRun(id: string): void;
  /** Marks the directory as it is now, its `config.json` included; an owner other than this user is admitted by it. */
  admit(): void;
}

/** All that lies in the store is this process's own. */
export const TRUSTED: Trust = {
  refusal: () => undefined,
  foreign: () => undefined,
  prove: () => "",
  marked: () => true,
  countsConfig: () => true,
  mark() {},
  admitRun() {},
  admit() {},
};
