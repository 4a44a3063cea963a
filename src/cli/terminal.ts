import type { Baton, Role } from "../app.ts";
import type { Flags } from "../config.ts";
import type { operations } from "../operations/index.ts";
import type { Machine } from "./init.ts";
import type { Screen } from "./live-view.ts";

/** What the command line needs of the world. */
export interface Terminal {
  readonly screen: Screen;
  readonly colors: boolean;
  error(text: string): void;
  readonly errorIsTTY: boolean;
  /** Makes the program for a role, with the global flags. */
  baton(role: Role, flags: Flags): Baton;
  serve(baton: Baton): Promise<number>;
  /** Called with every interrupt (Ctrl-C) while a run is being followed; returns what takes it back. */
  onInterrupt(listener: () => void): () => void;
  /** Whether the environment names the trust key. */
  readonly keyGiven: boolean;
  /** What `baton init` works with. */
  readonly machine: Machine;
}

/** Performs an operation; shows its outcome as data (`json`) or in words. */
export type Ask = <T>(
  name: keyof typeof operations,
  input: object,
  options: { json?: boolean },
  words: (value: T) => string,
  data?: (value: T) => unknown,
) => Promise<void>;
