// Starts a server of the built program and sends it requests, like a host.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const BATON = fileURLToPath(new URL("../../dist/baton.cjs", import.meta.url));

/** The longest time for an answer. */
const ANSWER_TIMEOUT_MS = 60_000;

/** An environment with one trust key for all processes of a scenario, and without the user's own files. */
export const environmentIn = (directory) => ({
  ...process.env,
  HOME: join(directory, "home"),
  XDG_STATE_HOME: join(directory, "xdg"),
  BATON_TRUST_KEY: join(directory, "trust-key"),
  BATON_STATE: join(directory, "state"),
});

export class Server {
  #next = 0;
  #waiting = new Map();
  /** Lines on stdout that are no JSON messages. There must be none. */
  noise = [];

  constructor(directory, cwd = directory, env = {}) {
    this.child = spawn(process.execPath, [BATON, "serve"], {
      cwd,
      detached: true,
      env: { ...environmentIn(directory), ...env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.gone = once(this.child, "exit").then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error("gone"));
      this.#waiting.clear();
    });
    this.child.stdin.on("error", () => {});
    createInterface({ input: this.child.stdout }).on("line", (line) => this.#heard(line));
  }

  static async start(...about) {
    const server = new Server(...about);
    const clientInfo = { name: "attack", version: "1" };
    await server.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    server.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return server;
  }

  #heard(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return void this.noise.push(line.slice(0, 200));
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    waiting?.resolve(message);
  }

  write(text) {
    this.child.stdin.write(text);
  }

  request(method, params) {
    const id = ++this.#next;
    this.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${method} was not answered in ${ANSWER_TIMEOUT_MS} ms`)),
        ANSWER_TIMEOUT_MS,
      );
      const settle = (by) => (value) => {
        clearTimeout(timer);
        by(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** The structured content of a tool's answer. For an error it is `{error}` with the text. */
  async tool(name, args) {
    const { result, error } = await this.request("tools/call", { name, arguments: args });
    if (error) return { error: error.message };
    return result.isError ? { error: result.content[0].text } : result.structuredContent;
  }

  /** Waits until the run has ended or is refused. */
  async finished(workflowId) {
    for (let since; ; ) {
      const run = await this.tool("monitor_workflow", { workflowId, waitSeconds: 5, ...(since && { since }) });
      if (run.error !== undefined || run.success !== undefined) return run;
      since = run.rev;
    }
  }

  /** @param group whether its process group is killed too */
  async kill(group = false) {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    try {
      process.kill(group ? -this.child.pid : this.child.pid, "SIGKILL");
    } catch {
      // The process has already ended.
    }
    await this.gone;
  }
}

export const journalOf = (directory, id) => join(directory, "state/runs", id, "journal.jsonl");

/** The complete lines of a journal. */
export const journal = (directory, id) =>
  readFileSync(journalOf(directory, id), "utf8")
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "");

export const runsIn = (directory) => {
  const runs = join(directory, "state/runs");
  return existsSync(runs) ? readdirSync(runs).filter((name) => name.startsWith("wf_")) : [];
};

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
