import { spawn } from "node:child_process";
import { join } from "node:path";
import { createCatalog } from "./catalog/index.ts";
import { projectOf } from "./catalog/roots.ts";
import { type Config, trustOf } from "./config.ts";
import { KNOWN_RUNNERS, Runners } from "./engine/headless/runners.ts";
import { LocalEngine } from "./engine/local-engine.ts";
import { killOrphans } from "./engine/owner/kill-orphans.ts";
import { scheduleInTurns } from "./engine/owner/turns.ts";
import { Servers } from "./engine/servers/index.ts";
import { commandStep } from "./engine/steps/command.ts";
import { stepSyntax, stepTypes } from "./engine/steps/index.ts";
import { Supervisor, type SupervisorOptions } from "./engine/supervisor.ts";
import { captureCode } from "./git/capture.ts";
import type { GitSettings } from "./git/command.ts";
import { takeTree } from "./git/work-tree.ts";
import type { Observer } from "./model/contracts/observer.ts";
import type { Scheduler } from "./model/contracts/scheduler.ts";
import type { Store } from "./model/contracts/store.ts";
import { log } from "./observe/log.ts";
import type { App } from "./operations/app.ts";
import { detectChecks, type ProjectCheck } from "./project/detect-checks.ts";
import { projectTop } from "./project/project-top.ts";
import { createFileStore } from "./store/file/index.ts";
import { fileSessions } from "./store/file/sessions.ts";
import { fileTemplates } from "./store/file/templates.ts";
import { systemScheduler } from "./system/scheduler.ts";
import { createLibrary } from "./templates/index.ts";
import { setExpressionClock } from "./workflow/expression/budget.ts";

/** The process and machine around Baton. Tests replace single parts. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The command that starts this program again, e.g. `["node", "dist/baton.cjs"]`. */
  readonly self: readonly string[];
  readonly version: string;
  /** Home directory that holds the user's skills and agents; absent: none are read. */
  readonly home?: string;
  /** Directory of the skills, agents and templates that ship with Baton; absent: none ship. */
  readonly shipped?: string;
  readonly scheduler?: Scheduler;
  readonly store?: Store;
  /** Learn of every event of the runs that this process owns. */
  readonly observers?: readonly Observer[];
}

/**
 * What a process does with runs.
 * `serve` executes the runs that callers start, and adopts orphaned runs.
 * `run` executes its own run and hands orphaned runs to new processes, since it exits with its run.
 * `command` executes nothing.
 */
export type Role = "serve" | "run" | "command";

const ORPHANS = { serve: "adopt", run: "detach", command: "nothing" } as const satisfies Record<
  Role,
  SupervisorOptions["orphans"]
>;

export interface Baton extends App {
  readonly config: Config;
  /** Starts the supervisor: heartbeats, inboxes and orphaned runs. */
  watch(): void;
  /**
   * Kills the running steps of this process and releases its leases. Takes no time, since journals are complete at
   * any instant.
   */
  leave(): void;
}

/** Composes the program: configuration → store, steps, engine, operations. Start reading here. */
export function createBaton(config: Config, role: Role, host: Host): Baton {
  const scheduler = host.scheduler ?? systemScheduler;
  const trust = trustOf(config.state, config.trustKey, host.environment);
  setExpressionClock(() => scheduler.elapsed());
  const store =
    host.store ??
    createFileStore({
      directory: config.state,
      staleAfter: config.staleAfter,
      now: () => scheduler.now(),
      elapsed: () => scheduler.elapsed(),
      trust,
    });
  // A run can wait for the recording of its code, so git gets a limited time.
  const git: GitSettings = { environment: host.environment, exclude: [config.state], timeout: 30_000, scheduler };
  // Steps get the path of the key only if the environment names it, since that variable also lets a script use --yes.
  const key = host.environment.BATON_TRUST_KEY ? { BATON_TRUST_KEY: config.trustKey } : {};
  const environment = { ...host.environment, BATON_STATE: config.state, ...key };
  const { killGrace, maxSteps } = config;
  const servers = new Servers({ environment, configured: config.mcpServers, scheduler, version: host.version });
  const steps = stepTypes({ environment, scheduler, maxSteps, servers, engine: () => engine });
  const runners = new Map(Object.entries({ ...KNOWN_RUNNERS, ...config.runners }));
  const headless = new Runners({
    ...{ runners, store, scheduler, killGrace, log },
    command: commandStep(environment, scheduler),
    baton: [...host.self, "--state", config.state],
  });
  const detach = (id: string, epoch: number) => startOwner(config, host, id, epoch);
  const engine: LocalEngine = new LocalEngine({
    store,
    scheduler,
    steps,
    syntax: stepSyntax,
    async capture(cwd, id) {
      const captured = await captureCode(cwd, { id, message: `Baton: ${id}`, now: scheduler.now() }, git);
      return captured.ok ? { code: captured.value } : { problem: captured.error.message };
    },
    async takeTree(cwd, request) {
      const taken = await takeTree(cwd, request, git);
      return taken.ok ? taken.value : undefined;
    },
    baselineWait: config.baselineWait,
    path: host.environment.PATH,
    pid: process.pid,
    killOrphans: (plan, state) => killOrphans(plan, state, scheduler),
    killGrace,
    snapshotEvery: 20_000,
    schedule: scheduleInTurns(scheduler),
    onExecute: (loop) => headless.serve(loop),
    detach,
    observers: host.observers ?? [],
    log,
  });
  const catalog = createCatalog({
    roots: config.roots,
    project: config.cwd,
    home: host.home,
    shipped: host.shipped,
    // A repository can ship a forged cache, so only a marked state directory is used for it.
    cacheFile: trust.marked() ? join(config.state, "catalog.json") : undefined,
    version: host.version,
    now: () => scheduler.now(),
  });
  const library = createLibrary({
    saved: fileTemplates(config.state, () => scheduler.now(), trust.mark),
    projectOf: (directory) => projectOf(directory, host.home),
    home: host.home,
    shipped: host.shipped,
  });
  const supervisor = new Supervisor(engine, {
    ...{ store, scheduler, detach, log },
    heartbeat: config.heartbeat,
    resumeWithin: config.resumeWithin,
    orphans: ORPHANS[role],
  });
  const { cwd, maxParallel, durability, resumeWithin, takeOverAfter, checkpointCode, confirmPlansBelow, baselineWait } =
    config;
  return {
    ...{
      config,
      engine,
      catalog,
      library,
      sessions: fileSessions(config.state, trust.mark),
      detectChecks: (directory: string) => configuredChecks(config.checks) ?? detectChecks(projectTop(directory)),
      stepSyntax,
      ...{ state: config.state, notes: config.notes },
      cwd,
      maxSteps,
      maxParallel,
      confirmPlansBelow,
      durability,
      resumeWithin,
      baselineWait,
      takeOverAfter,
      git,
      checkpointCode,
    },
    executes: role !== "command",
    runners: [...runners.keys()],
    runner: config.runner,
    scheduler,
    reader: {},
    trust: store.trust,
    watch: () => supervisor.start(),
    leave() {
      supervisor.stop();
      headless.abandon();
      engine.abandonAll();
      servers.closeAll();
    },
  };
}

/** The checks that the settings name. */
const configuredChecks = (commands: readonly string[] | undefined): ProjectCheck[] | undefined =>
  commands?.map((command) => ({ command, because: "the settings list it" }));

/**
 * Starts a process that owns one run. It drops the step variables of our environment, so that it does not count as
 * part of that step.
 */
function startOwner(config: Config, host: Host, id: string, epoch: number): void {
  const [command, ...args] = host.self;
  const { BATON_WORKFLOW_ID: _, BATON_STEP_ID: __, BATON_ATTEMPT: ___, ...environment } = host.environment;
  const child = spawn(command!, [...args, "own", id, "--from-epoch", String(epoch), "--state", config.state], {
    cwd: config.cwd,
    detached: true,
    stdio: "ignore",
    env: environment,
  });
  child.on("error", (error) => log(`the owner of ${id} could not be started: ${error.message}`));
  child.unref();
}
