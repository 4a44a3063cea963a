import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import type { JSONRPCMessage, ReadBuffer, Transport } from "@modelcontextprotocol/client";
import { killGroup } from "../../system/process.ts";
import type { ServerDefinition } from "./definition.ts";

/**
 * Starts a server in place of the shell, beside a guardian in the same process group. The guardian reads from a pipe that only Baton holds:
 * when that ends, on purpose or because Baton was killed, the server has lost its stdin as well and gets a second to end by itself, then
 * SIGTERM and another second; then the whole group is killed. So no server outlives Baton, however either of them ends.
 */
const GUARDED_START_SCRIPT = `(
trap "" TERM INT HUP
wait_for_it() { n=0; while kill -0 $$ && [ $n -lt 10 ]; do sleep 0.1; n=$((n+1)); done; }
read -r _ <&3
wait_for_it; kill -TERM 0
wait_for_it; kill -KILL 0
) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-`;

/** What a step carries in its environment. A server serves many steps, and must not be taken for part of one. */
const STEP_VARIABLES = ["BATON_WORKFLOW_ID", "BATON_STEP_ID", "BATON_ATTEMPT", "BATON_OUTPUT"];

/** Characters of a server's last words that a message repeats. */
const MAX_LAST_WORDS_CHARS = 500;

type Wire = { ReadBuffer: typeof ReadBuffer; serializeMessage: (message: JSONRPCMessage) => string };

/** A server in a process of its own, spoken to through its stdin and stdout. */
export class ServerProcess implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private child: ChildProcess | undefined;
  private readonly buffer: ReadBuffer;
  private lastWords = "";
  private readonly endListeners: (() => void)[] = [];
  private open = true;
  /** How its process ended, in words; `undefined`: it lives. */
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

  /** By these two, the library knows that it speaks to a process. */
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
        // The guardian, and whatever else it started.
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
        // Whoever does not read any more is of no use; how it ended says more than that it did.
        if (child.exitCode === null && child.signalCode === null) killGroup(child.pid ?? 0, "SIGKILL");
        this.endListeners.push(() => reject(error));
        if (!this.open) this.notifyEnd();
      });
    });
  }

  /** Lets go of it: the guardian sees to the rest, even after our own end. */
  async close(): Promise<void> {
    this.child?.stdin?.end();
    this.guard?.destroy();
    this.onEnded();
  }

  /** How it ended, with what it said last; `undefined`: it lives. */
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
      // A line without an end: it cannot be read any further.
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
