import { z } from "zod";
import { type EngineOptions, LocalEngine } from "../../src/engine/local-engine.ts";
import { agentSyntax, skillSyntax } from "../../src/engine/steps/agent.ts";
import { Supervisor, type SupervisorOptions } from "../../src/engine/supervisor.ts";
import type { AttemptEnd, Job, Report, StepType } from "../../src/model/contracts/step.ts";
import { START, type Store } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Workflow } from "../../src/model/workflow.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { workflowOf } from "./rules/workflow.ts";
import { VirtualScheduler } from "./scheduler.ts";

type MemoryStore = ReturnType<typeof createMemoryStore>;

/** A step type whose attempts a test controls. */
export class Stage {
  readonly jobs: Job[] = [];
  private readonly reports = new Map<string, (report: Report) => void>();
  readonly stopped: string[] = [];

  readonly type: StepType = {
    type: "command",
    fields: { command: z.string() },
    templates: { command: "shell" },
    perform: (job, report) => {
      const name = `${job.stepId}.${job.attempt}`;
      this.jobs.push(job);
      this.reports.set(name, report);
      return { stop: () => void this.stopped.push(name), abandon: () => void this.reports.delete(name) };
    },
  };

  get started(): string[] {
    return this.jobs.map((job) => `${job.stepId}.${job.attempt}`);
  }

  /** Ends an attempt, given as `step.attempt`. */
  end(name: string, end: AttemptEnd = { outcome: "completed", exitCode: 0 }): void {
    const report = this.reports.get(name);
    if (!report) throw new Error(`${name} is not being performed`);
    report({ kind: "ended", end });
  }

  fail(name: string): void {
    this.end(name, { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 });
  }
}

export interface Rig {
  readonly engine: LocalEngine;
  readonly store: MemoryStore;
  readonly scheduler: VirtualScheduler;
  readonly stage: Stage;
  readonly logged: string[];
  start(workflow: Workflow, rest?: Partial<Parameters<LocalEngine["start"]>[0]>): Promise<string>;
  events(id: string): readonly JournalEvent[];
  types(id: string): string[];
}

/**
 * An engine whose time, processes and storage a test controls. A second engine on the same store acts as another
 * process.
 */
export function rigEngine(given: { store?: Store; scheduler?: VirtualScheduler } & Partial<EngineOptions> = {}): Rig {
  const scheduler = given.scheduler ?? new VirtualScheduler();
  /** Tests that give a store give one that answers at once. */
  const store = (given.store as MemoryStore | undefined) ?? createMemoryStore({ now: () => scheduler.now() });
  const stage = new Stage();
  const logged: string[] = [];
  const engine = new LocalEngine({
    steps: new Map([["command", stage.type]]),
    syntax: [stage.type, agentSyntax, skillSyntax],
    capture: async () => ({ problem: "not in a rig" }),
    takeTree: async () => undefined,
    baselineWait: 10_000,
    pid: 1,
    killOrphans: async () => {},
    killGrace: 10,
    snapshotEvery: 20_000,
    schedule: (work) => work(),
    detach() {},
    log: (message) => void logged.push(message),
    ...given,
    store,
    scheduler,
  });
  const events = (id: string) => store.read(id, START)!.events;
  return {
    engine,
    store,
    scheduler,
    stage,
    logged,
    async start(workflow, rest = {}) {
      const started = await engine.start({
        definition: { workflow, parameters: {}, context: {} },
        mode: "parallel",
        maxParallel: 4,
        cwd: "/",
        durability: "process",
        detach: false,
        ...rest,
      });
      if (!started.ok) throw new Error(started.error.message);
      return started.value.id;
    },
    events,
    types: (id) =>
      events(id).map((event) => ("step" in event && event.step ? `${event.type} ${event.step}` : event.type)),
  };
}

/** The supervisor of a rig's engine. */
export const supervisorOf = (
  { engine, store, scheduler, logged }: Rig,
  options: Pick<SupervisorOptions, "heartbeat" | "resumeWithin" | "orphans">,
): Supervisor =>
  new Supervisor(engine, { ...options, store, scheduler, detach() {}, log: (message) => void logged.push(message) });

export { workflowOf };
