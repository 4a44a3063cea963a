import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import type { JSONRPCMessage, ReadBuffer, Transport } from "@modelcontextprotocol/client";
import { killGroup } from "../../system/process.ts";
import type { ServerDefinition } from "./definition.ts";

/**
 * Starts a guardian, then replaces the shell with the server, in the same process group. The guardian reads from a pipe
 * that only Baton holds. The pipe ends when Baton closes it or is killed; then the server's stdin has ended, too. The
 * server gets a second to end by itself, then SIGTERM and another second. Then the guardian kills the whole group.
 * So no server outlives Baton, however either of them ends.
 */
const GUARDED_START_SCRIPT = `(
trap "" TERM INT HUP
wait_for_it() { n=0; while kill -0 $$ && [ $n -lt 10 ]; do sleep 0.1; n=$((n+1)); done; }
read -r _ <&3
wait_for_it; kill -TERM 0
wait_for_it; kill -KILL 0
) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-`;

/** The variables that mark a process as part of a step. A server serves many steps, so it gets none of them. */
const STEP_VARIABLES = ["BATON_WORKFLOW_ID", "BATON_STEP_ID", "BATON_ATTEMPT", "BATON_OUTPUT"];

/** How much of the end of a server's stderr a message repeats, in characters. */
const MAX_LAST_WORDS_CHARS = 500;

type Wire = { ReadBuffer: typeof ReadBuffer; serializeMessage: (message: JSONRPCMessage) => string };

/** A server in a process of its own. Baton talks to it through its stdin and stdout. */
export class ServerProcess implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private child: ChildProcess | undefined;
  private readonly buffer: ReadBuffer;
  private lastWords = "";
  private readonly endListeners: (() => void)[] = [];
  private open = true;
  /** How the process ended, in words; `undefined`: it still runs. */
  ending: string | undefined;
  exitCode: number | null = null;

  constructor(
    private readonly definition: Extract<ServerDefinition, { kind: "process" }>,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly onStderr: (stderr: Buffer) => void,
    private readonly wire: Wire,
  ) {
    this.buffer = new wire.ReadBuffer();
  }

  /** `pid` and `stderr` tell the library that this transport is a process. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }
  readonly stderr = null;

  start(): Promise<void> {
    const { command, args, env, cwd } = this.definition;
    const inherited = { ...this.environment };
    for (const name of STEP_VARIABLES) delete inherited[name];
    return new Promise((resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", GUARDED_START_SCRIPT, command, command, ...args], {
        cwd,
        detached: true,
        stdio: ["pipe", "pipe", "pipe", "pipe"],
        env: { ...inherited, ...env },
      });
      this.child = child;
      child.once("spawn", () => resolve());
      child.once("error", (error) => {
        reject(error);
        this.onEnded();
      });
      child.once("exit", (code, signal) => {
        this.exitCode = code;
        this.ending = signal === null ? `ended with exit code ${code}` : `was ended by signal ${signal}`;
        // Kills the guardian, and every other process that the server started.
        killGroup(child.pid!, "SIGKILL");
        this.guard?.destroy();
      });
      child.once("close", () => this.onEnded());
      child.stdin!.on("error", (error) => this.onerror?.(error));
      child.stdout!.on("error", (error) => this.onerror?.(error));
      child.stdout!.on("data", (chunk: Buffer) => this.receive(chunk));
      child.stderr!.on("error", (error) => this.onerror?.(error));
      child.stderr!.on("data", (chunk: Buffer) => {
        this.lastWords = (this.lastWords + chunk.toString("utf8")).slice(-MAX_LAST_WORDS_CHARS);
        this.onStderr(chunk);
      });
      this.guard?.on("error", (error) => this.onerror?.(error));
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { child } = this;
    if (!this.open || !child) return Promise.reject(new Error("the server is not running"));
    return new Promise((resolve, reject) => {
      child.stdin!.write(this.wire.serializeMessage(message), (error) => {
        if (!error) return resolve();
        // A server that no longer reads is useless. The promise waits for its end, which explains more than the error.
        if (child.exitCode === null && child.signalCode === null) killGroup(child.pid ?? 0, "SIGKILL");
        this.endListeners.push(() => reject(error));
        if (!this.open) this.notifyEnd();
      });
    });
  }

  /** Closes the pipes. The guardian ends the server, even if this process exits first. */
  async close(): Promise<void> {
    this.child?.stdin?.end();
    this.guard?.destroy();
    this.onEnded();
  }

  /** How the server ended, with the last lines of its stderr; `undefined`: it still runs. */
  get endDescription(): string | undefined {
    const said = this.lastWords.trim().split("\n").slice(-3).join("\n");
    return this.ending && (said === "" ? this.ending : `${this.ending}: ${said}`);
  }

  private get guard(): Duplex | undefined {
    return this.child?.stdio[3] as Duplex | undefined;
  }

  private onEnded(): void {
    if (!this.open) return;
    this.open = false;
    this.buffer.clear();
    this.onclose?.();
    this.notifyEnd();
  }

  private notifyEnd(): void {
    for (const tell of this.endListeners.splice(0)) tell();
  }

  private receive(chunk: Buffer): void {
    if (!this.open) return;
    try {
      this.buffer.append(chunk);
    } catch (error) {
      // The line exceeds the buffer, so nothing after it can be read.
      this.ending = (error as Error).message;
      void this.close();
      return;
    }
    for (;;) {
      try {
        const message = this.buffer.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (error) {
        this.onerror?.(error as Error);
      }
    }
  }
}
