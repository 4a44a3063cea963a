import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { createCatalog } from "./catalog/index.ts";
import { projectOf } from "./catalog/roots.ts";
import { type Config, trustOf } from "./config.ts";
import { KNOWN_RUNNERS, Runners } from "./engine/headless/runners.ts";
import { LocalEngine } from "./engine/local-engine.ts";
import { inTurns } from "./engine/owner/turns.ts";
import { Servers } from "./engine/servers/index.ts";
import { commandStep } from "./engine/steps/command.ts";
import { stepSyntax, stepTypes } from "./engine/steps/index.ts";
import { Watch, type WatchOptions } from "./engine/supervisor.ts";
import { captureCode } from "./git/capture.ts";
import type { GitSettings } from "./git/command.ts";
import type { Clock } from "./model/contracts/clock.ts";
import type { Store } from "./model/contracts/store.ts";
import { log } from "./observe/log.ts";
import type { App } from "./operations/app.ts";
import { type Check, checksOf } from "./project/detect-checks.ts";
import { projectTop } from "./project/project-top.ts";
import { createFileStore } from "./store/file/index.ts";
import { fileSessions } from "./store/file/sessions.ts";
import { fileTemplates } from "./store/file/templates.ts";
import { createLibrary } from "./templates/index.ts";
import { setExpressionClock } from "./workflow/expression/budget.ts";

/** The world outside, as the composition needs it. Tests replace single parts. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The command that starts this program again, e.g. `["node", "dist/baton.cjs"]`. */
  readonly self: readonly string[];
  readonly version: string;
  /** Whose own skills and agents are known; absent: nobody's. */
  readonly home?: string;
  /** The directory that holds the skills, agents and templates that come with the program; absent: none do. */
  readonly shipped?: string;
  readonly clock?: Clock;
  readonly store?: Store;
}

/**
 * What a process does with runs. `serve`: executes what it is asked for and what it finds orphaned. `run`: executes its own; what it finds
 * orphaned goes to a process of its own, since this one ends with its run. `command`: executes nothing.
 */
export type Role = "serve" | "run" | "command";

const ORPHANS = { serve: "adopt", run: "detach", command: "nothing" } as const satisfies Record<
  Role,
  WatchOptions["orphans"]
>;

export interface Baton extends App {
  readonly config: Config;
  /** Begins the regular rounds: signs of life, inboxes, orphans. */
  watch(): void;
  /** Kills what runs here and lets go of everything. Needs no time: the journals are complete at any instant. */
  leave(): void;
}

/** Puts the program together: configuration → store, steps, engine, operations. Open this file first. */
export function createBaton(config: Config, role: Role, host: Host): Baton {
  const clock = host.clock ?? systemClock;
  const trust = trustOf(config.state, config.trustKey, host.environment);
  setExpressionClock(() => clock.elapsed());
  const store =
    host.store ??
    createFileStore({
      directory: config.state,
      staleAfter: config.staleAfter,
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      trust,
    });
  // Recording waits for nobody: what runs meanwhile must not wait long either.
  const git: GitSettings = { environment: host.environment, exclude: [config.state], timeout: 30_000 };
  // Where the key lies is handed on only if the environment says so: it is also what makes a script's yes count.
  const key = host.environment.BATON_TRUST_KEY ? { BATON_TRUST_KEY: config.trustKey } : {};
  const environment = { ...host.environment, BATON_STATE: config.state, ...key };
  const { killGrace, maxSteps } = config;
  const servers = new Servers({ environment, configured: config.mcpServers, clock, version: host.version });
  const steps = stepTypes({ environment, clock, maxSteps, servers, engine: () => engine });
  const runners = new Map(Object.entries({ ...KNOWN_RUNNERS, ...config.runners }));
  const headless = new Runners({
    ...{ runners, store, clock, killGrace, log, random: randomBytes, randomId: randomUUID },
    command: commandStep(environment),
    baton: [...host.self, "--state", config.state],
  });
  const engine: LocalEngine = new LocalEngine({
    store,
    clock,
    steps,
    syntax: stepSyntax,
    async capture(cwd, id) {
      const captured = await captureCode(cwd, { id, message: `Baton: ${id}`, now: clock.now() }, git);
      return captured.ok ? { code: captured.value } : { problem: captured.error.message };
    },
    pid: process.pid,
    random: randomBytes,
    killGrace,
    snapshotEvery: 20_000,
    soon: inTurns(() => clock.elapsed()),
    attend: (loop) => headless.attend(loop),
    detach: (id, epoch) => startOwner(config, host, id, epoch),
    log,
  });
  const catalog = createCatalog({
    roots: config.roots,
    project: config.cwd,
    home: host.home,
    shipped: host.shipped,
    // What a repository ships as a cache says of its files what it likes.
    cacheFile: trust.marked() ? join(config.state, "catalog.json") : undefined,
    version: host.version,
    now: () => clock.now(),
  });
  const library = createLibrary({
    saved: fileTemplates(config.state, () => clock.now(), trust.mark),
    projectOf: (directory) => projectOf(directory, host.home),
    home: host.home,
    shipped: host.shipped,
  });
  const watch = new Watch(engine, {
    heartbeat: config.heartbeat,
    resumeWithin: config.resumeWithin,
    orphans: ORPHANS[role],
  });
  const { cwd, maxParallel, durability, resumeWithin, checkpointCode } = config;
  return {
    ...{
      config,
      engine,
      catalog,
      library,
      sessions: fileSessions(config.state, trust.mark),
      checksOf: (directory: string) => configured(config.checks) ?? checksOf(projectTop(directory)),
      stepSyntax,
      ...{ state: config.state, notes: config.notes },
      cwd,
      maxSteps,
      maxParallel,
      durability,
      resumeWithin,
      git,
      checkpointCode,
    },
    executes: role !== "command",
    runners: [...runners.keys()],
    runner: config.runner,
    randomId: randomUUID,
    random: randomBytes,
    now: () => clock.now(),
    watch: () => watch.start(),
    leave() {
      watch.stop();
      headless.abandon();
      engine.leave();
      servers.leave();
    },
  };
}

/** What the settings say that the checks are. */
const configured = (commands: readonly string[] | undefined): Check[] | undefined =>
  commands?.map((command) => ({ command, because: "the settings say so" }));

/** In milliseconds. */
const LONGEST_ALARM = 60_000;

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  alarm(delay, ring) {
    // A timer counts what elapses, and knows nothing of a clock that is set: who waits for an instant is to look at it now and then.
    const timer = setTimeout(ring, Math.min(Math.max(0, delay), LONGEST_ALARM));
    return () => clearTimeout(timer);
  },
};

/** A process of its own for one run. It must not be taken for part of a step that happens to have started us. */
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
