import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { Rpc } from "../../rig/rpc.ts";

const STEPS = 500;
const CLIENTS = 10;
const KILLS = 10;

/** A server that the test kills and restarts. Calls wait for the next process. */
class Server {
  private rpc: Promise<Rpc>;

  constructor(private readonly directory: string) {
    this.rpc = this.start();
  }

  private start(): Promise<Rpc> {
    return Rpc.start(this.directory, "2026-07-28", { env: { HOME: join(this.directory, "home") } });
  }

  async restart(): Promise<void> {
    const old = await this.rpc;
    this.rpc = old.kill().then(() => this.start());
    await this.rpc;
  }

  async end(): Promise<void> {
    await (await this.rpc).kill();
  }

  /** The answer, or `undefined` if the server died before it. The call may or may not have taken effect then. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async ask(name: string, args: Record<string, unknown>): Promise<any> {
    const rpc = await this.rpc;
    rpc.child.setMaxListeners(100);
    if (rpc.child.exitCode !== null || rpc.child.signalCode !== null) return undefined;
    let lost = () => {};
    const gone = new Promise<undefined>((resolve) => {
      lost = () => resolve(undefined);
      rpc.child.once("exit", lost);
    });
    const answer = await Promise.race([rpc.tool(name, args), gone]);
    rpc.child.off("exit", lost);
    return answer && { ...answer.structuredContent, isError: answer.isError === true };
  }
}

test("ten clients of two servers complete 500 agent steps once each, while the servers are killed in turn", async () => {
  const directory = scratch();
  const servers = [new Server(directory), new Server(directory)] as const;
  onTestFinished(async () => {
    for (const server of servers) await server.end();
  });
  const [first, second] = servers;
  const steps = Array.from({ length: STEPS }, (_, n) => ({ id: `s${n}`, agent: "scribe", leaseSeconds: 3600 }));
  const ask = (server: Server, name: string, args: Record<string, unknown>) => retry(() => server.ask(name, args));
  const { workflowId } = await ask(first, "execute_workflow", {
    workflow: { name: "swarm", steps },
    idempotencyKey: "swarm",
  });

  /** The step of every acknowledged assignment, by token. */
  const claims = new Map<string, string>();
  const delivered = new Map<string, unknown>();
  let over = false;

  async function client(name: string, server: Server): Promise<void> {
    for (let turn = 0; !over; turn++) {
      // Half of the turns wait for a due kill, so that it hits some clients between calls and others in a call.
      while (due() && kills < KILLS && turn % 2 === 0) await new Promise(setImmediate);
      // The call is repeated with the same key until it is answered, so a lost answer is no second assignment.
      const accepted = await ask(server, "handoff", {
        action: "accept",
        workflowId,
        worker: name,
        count: 3,
        idempotencyKey: `${name}.${turn}`,
      });
      for (const { assignment, stepId } of accepted.assignments ?? []) {
        expect(claims.has(assignment)).toBe(false);
        claims.set(assignment, stepId);
        const output = { by: name, step: stepId };
        const answer = await ask(server, "handoff", { action: "complete", assignment, output });
        expect(answer).toMatchObject({ isError: false, status: "completed", stepId });
        delivered.set(stepId, output);
      }
      if (delivered.size === STEPS) over = true;
      else if (accepted.isError && accepted.error.reason === "illegal_transition") over = true;
    }
  }

  let kills = 0;
  /** Whether the next kill is due. Clients wait for it, so that the work does not end before the last kill. */
  const due = () => delivered.size >= (kills + 1) * (STEPS / (KILLS + 2));

  async function killer(): Promise<void> {
    while (kills < KILLS) {
      if (due()) await servers[kills % 2]!.restart().then(() => void kills++);
      else await new Promise(setImmediate);
    }
  }

  const clients = Array.from({ length: CLIENTS }, (_, n) => client(`w${n}`, servers[n % 2]!));
  await Promise.all([...clients, killer()]);

  const run = await ask(second, "monitor_workflow", { workflowId, waitSeconds: 30 });
  expect(run).toMatchObject({ status: "completed", progress: { completed: STEPS } });
  expect(new Set(claims.values()).size).toBe(STEPS);
  expect(claims.size).toBe(STEPS);

  const journal = readFileSync(join(directory, ".baton", "runs", workflowId, "journal.jsonl"), "utf8");
  const events = journal
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { type: string; step?: string; output?: unknown });
  const completed = events.filter(({ type }) => type === "step_completed");
  expect(completed).toHaveLength(STEPS);
  for (const { step, output } of completed) expect(output).toEqual(delivered.get(step!));
}, 240_000);

test("a frozen owner that wakes after a takeover does not apply a late completion", async () => {
  const directory = scratch();
  const env = { HOME: join(directory, "home"), BATON_STALE_AFTER: "1500" };
  const frozen = await Rpc.start(directory, "2026-07-28", { env });
  onTestFinished(() => frozen.kill());
  const steps = ["a", "b"].map((id) => ({ id, agent: "scribe", leaseSeconds: 3600 }));
  const { workflowId } = await frozen.data("execute_workflow", { workflow: { name: "frozen", steps } });
  const { assignments } = await frozen.data("handoff", { workflowId, count: 2, worker: "w" });
  const [a, b] = assignments as { assignment: string }[];
  frozen.child.kill("SIGSTOP");
  // The frozen owner reads this call only after the takeover, and must not apply it.
  const late = frozen.tool("handoff", { action: "complete", assignment: a!.assignment, output: "late" });

  const other = await Rpc.start(directory, "2026-07-28", { env });
  onTestFinished(() => other.kill());
  await retry(() =>
    other.tool("handoff", { action: "complete", assignment: a!.assignment, output: "in time" }).then(toData),
  );
  frozen.child.kill("SIGCONT");
  expect((await late).structuredContent).toMatchObject({ error: { reason: "assignment_over" } });
  await retry(() =>
    frozen.tool("handoff", { action: "complete", assignment: b!.assignment, output: "b" }).then(toData),
  );
  for (const server of [frozen, other]) {
    const run = await server.data("monitor_workflow", { workflowId });
    expect(run).toMatchObject({ status: "completed", steps: [{ output: "in time" }, { output: "b" }] });
  }
});

const toData = (answer: Awaited<ReturnType<Rpc["tool"]>>) => answer.structuredContent;

/** Repeats a call until a server owns the run and answers. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
async function retry(call: () => Promise<any>): Promise<any> {
  for (;;) {
    const answer = await call();
    if (answer !== undefined && answer.error?.reason !== "no_answer" && answer.error?.reason !== "owned") return answer;
  }
}
