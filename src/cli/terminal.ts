import type { Baton, Role } from "../app.ts";
import type { Flags } from "../config.ts";
import type { Machine } from "./init.ts";
import type { Screen } from "./live-view.ts";

/** The process around the command line: its terminal, environment and machine. */
export interface Terminal {
  readonly screen: Screen;
  readonly colors: boolean;
  error(text: string): void;
  readonly errorIsTTY: boolean;
  /** Creates Baton for a role, with the global flags. */
  baton(role: Role, flags: Flags): Baton;
  /** @param plugin the plugin of a host that starts the server, if one does */
  serve(baton: Baton, plugin?: string): Promise<number>;
  /** Calls the listener at every interrupt (Ctrl-C) while a run is followed. Returns a function that unregisters it. */
  onInterrupt(listener: () => void): () => void;
  /** Whether `BATON_TRUST_KEY` is set. */
  readonly keyGiven: boolean;
  /** The machine that `baton init` works on. */
  readonly machine: Machine;
}
