import { LocalEngine } from "../../src/engine/local-engine.ts";
import { agentSyntax } from "../../src/engine/steps/agent.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { sleep } from "../../src/model/contracts/scheduler.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { assignmentIdFrom, messageIdFrom } from "../../src/model/ids.ts";
import type { Message, Request } from "../../src/model/message.ts";
import { FINAL_RUN_STATUSES } from "../../src/model/run.ts";
import { readySteps } from "../../src/run/view/view.ts";
import { workflowOf } from "../rig/rules/workflow.ts";
import { Performances } from "./performances.ts";
import { type Acknowledged, factsOf, type Played } from "./played.ts";
import { type Action, type Asked, FAULTS_MS, MAX_FREEZE_MS, type Scenario } from "./scenario.ts";
import { ioError, SimDisk, SimStore } from "./store.ts";
import { deliveryOf, takingOver, workOf } from "./workers.ts";
import { Random, SimProcess, World } from "./world.ts";

interface Seat {
  process: SimProcess;
  engine: LocalEngine;
  store: SimStore;
  supervisor: Supervisor;
}

const HOUR_MS = 3_600_000;
/** How long a run may take to end after the last fault, in milliseconds: longer than any lease and freeze. */
const HEALING_MS = 600_000;
/** How often a worker looks for work, and a caller carries a paused run on, in milliseconds. */
const WORKER_INTERVAL_MS = 700;

/** Plays a scenario to its end. Equal scenarios give equal results. */
export async function play(scenario: Scenario): Promise<Played> {
  const game = new Game(scenario);
  return game.play();
}

/** The latest of these tells whether the run is at its end. */
const ENDS: readonly string[] = ["run_finished", "run_restarted", "run_restored"];

class Game {
  private readonly world: World;
  private readonly disk = new SimDisk();
  private readonly performances: Performances;
  private readonly seats: Seat[] = [];
  private readonly acknowledged: Acknowledged[] = [];
  private readonly log: string[] = [];
  private readonly broken: string[] = [];
  private started: string | undefined;
  private isHealing = false;
  /** How far `isOver` has read the journal, the epoch there, and the latest of `ENDS`. */
  private read = 0;
  private epoch = 0;
  private latestEnd: string | undefined;
  private pids = 0;

  constructor(private readonly scenario: Scenario) {
    this.world = new World(new Random(scenario.seed ^ 0x5bd1e995));
    this.performances = new Performances(this.world);
  }

  async play(): Promise<Played> {
    const { world, scenario } = this;
    for (let slot = 0; slot < scenario.slots; slot++) this.boot(slot);
    const began = world.now;
    for (const action of scenario.actions) world.schedule(action.at, undefined, () => this.act(action));
    world.schedule(0, undefined, () => this.start(0));
    world.schedule(WORKER_INTERVAL_MS, undefined, () => this.work());
    await world.run(() => this.isOver() && this.world.now - began > (scenario.actions.at(-1)?.at ?? 0), FAULTS_MS);
    this.heal();
    await world.run(() => this.isOver(), HEALING_MS);
    // Frozen processes wake up, and learn what they have lost. A request that was under way may restart the run.
    await world.run(() => this.seats.every(({ process }) => !process.isFrozen), MAX_FREEZE_MS);
    await world.run(() => false, 3_000);
    await world.run(() => this.isOver(), HEALING_MS);
    // Messages of processes that were frozen still arrive. All processes are asked once nothing is written any more.
    for (let before = -1; before !== this.written(); ) {
      before = this.written();
      await world.run(() => false, 1_500);
    }
    const ended = this.isOver();
    const seen = await this.observeEverywhere();
    for (const { supervisor } of this.seats) supervisor.stop();
    const { disk, performances, acknowledged, started, log, broken } = this;
    return { disk, performances, acknowledged, started, seen, log, broken, ended };
  }

  private written(): number {
    return this.started === undefined ? 0 : this.disk.runs.get(this.started)!.lines.length;
  }

  private async observeEverywhere(): Promise<string[]> {
    const seen: string[] = [];
    const id = this.started;
    for (const { process, engine } of id === undefined ? [] : this.seats) {
      const observe = async () => {
        const run = await engine.observe(id!);
        if (run) seen.push(factsOf(run.state));
      };
      process.defer(() => void observe());
    }
    await this.world.run(() => false, 1_000);
    return seen;
  }

  private boot(slot: number): void {
    const { world, scenario, disk } = this;
    const process = new SimProcess(world, ++this.pids);
    const store = new SimStore(world, disk, process, scenario.answers, () => this.kill(slot, process, 500));
    const log = (message: string) => {
      if (process.killed) return;
      this.tell(`p${process.pid}: ${message}`);
      if (message.includes("Baton does not execute it")) this.broken.push(message);
    };
    const detach = () => {};
    const command = this.performances.typeFor(process);
    const engine = new LocalEngine({
      ...{ store, scheduler: process, detach, log },
      steps: new Map([["command", command]]),
      syntax: [command, agentSyntax],
      capture: async () => ({ problem: "nothing to capture" }),
      takeTree: async (_cwd, { since }) => {
        await sleep(process, world.random.below(500));
        if (world.random.chance(0.2)) return undefined;
        const changed = { files: ["f"], insertions: 1, deletions: 0 };
        const trees = new Map(since.map((tree) => [tree, changed]));
        return { tree: `t${world.now}`, top: "/", changed: trees, missing: [], unseen: [] };
      },
      baselineWait: 2_000,
      pid: process.pid,
      killOrphans: (plan, state) =>
        this.performances.killOrphans(plan, state, process.pid, disk.ownerOf(state.workflowId)),
      killGrace: 10,
      snapshotEvery: scenario.snapshotEvery,
      schedule: (work) => work(),
    });
    const orphans = "adopt";
    const supervisor = new Supervisor(engine, {
      ...{ store, scheduler: process, detach, log, orphans },
      heartbeat: 2_000,
      resumeWithin: HOUR_MS,
    });
    supervisor.start();
    this.seats[slot] = { process, engine, store, supervisor };
    this.tell(`p${process.pid} begins in slot ${slot}`);
  }

  private tell(text: string): void {
    this.log.push(`${((this.world.now - 1_000_000) / 1_000).toFixed(3)} ${text}`);
  }

  private kill(slot: number, process: SimProcess, back: number): void {
    if (process.killed) return;
    process.killed = true;
    this.tell(`p${process.pid} is killed`);
    this.world.schedule(this.isHealing ? 100 : back, undefined, () => this.boot(slot));
  }

  private act(action: Action): void {
    if (this.isHealing) return;
    if (action.kind === "disk") {
      this.disk.failure = action.failure;
      this.tell(`the disk refuses writes: ${action.failure}`);
      this.world.schedule(action.ms, undefined, () => {
        this.disk.failure = undefined;
        this.tell("the disk takes writes again");
      });
      return;
    }
    const seat = this.seats[action.slot]!;
    const { process } = seat;
    if (process.killed) return;
    if (action.kind === "ask") return void this.ask(seat, action.action, action.executes);
    this.tell(`${action.kind} p${process.pid} ${JSON.stringify(action)}`);
    if (action.kind === "freeze") process.frozenUntil = this.world.now + action.ms;
    else if (action.kind === "clock") process.skew += action.by;
    else if (action.kind === "tear") seat.store.diesInAppendAfter = action.written;
    else if (action.kind === "kill" || process.isFrozen) this.kill(action.slot, process, action.back);
    else {
      seat.supervisor.stop();
      seat.engine.abandonAll();
      // What it still writes while it leaves gets through.
      this.world.schedule(200, undefined, () => this.kill(action.slot, process, action.back));
    }
  }

  /** Starts the run. A caller whose process dies, or whose disk is full, tries again with its idempotency key. */
  private start(tries: number): void {
    const again = () => {
      if (this.started === undefined) this.start(tries + 1);
    };
    this.world.schedule(5_000, undefined, again);
    const seat = this.seats[tries % this.seats.length]!;
    if (seat.process.killed) return;
    const { steps, dependencies, limits, sequential, maxParallel, durability, code } = this.scenario;
    const workflow = workflowOf(steps, dependencies, { limits });
    seat.process.defer(() => {
      const starting = seat.engine.start({
        definition: { workflow, parameters: {}, context: {} },
        mode: sequential ? "sequential" : "parallel",
        ...{ maxParallel, durability, code, cwd: "/", detach: false, idempotencyKey: "the run" },
      });
      starting.then((started) => {
        if (seat.process.killed) return;
        this.tell(`p${seat.process.pid} start: ${started.ok ? started.value.id : started.error.reason}`);
        if (started.ok) this.started ??= started.value.id;
      });
    });
  }

  /** Asked after every task, so it reads only what has come since. */
  private isOver(): boolean {
    if (this.started === undefined) return false;
    const { lines } = this.disk.runs.get(this.started)!;
    for (; this.read < lines.length; this.read++) {
      const event = JSON.parse(lines[this.read]!) as JournalEvent;
      // What an owner that had lost the run still wrote does not count.
      if (event.epoch < this.epoch) continue;
      this.epoch = event.epoch;
      if (ENDS.includes(event.type)) this.latestEnd = event.type;
    }
    return this.latestEnd === "run_finished";
  }

  private async ask(seat: Seat, asked: Asked, executes: boolean): Promise<void> {
    const id = this.started;
    if (id === undefined) return;
    seat.process.defer(async () => {
      // The process was frozen until the faults were over.
      if (this.isHealing) return;
      const request = await this.requestOf(seat, id, asked);
      if (request) await this.send(seat, id, request, executes);
    });
  }

  private async requestOf({ engine }: Seat, id: string, asked: Asked): Promise<Request | undefined> {
    if (asked !== "restore") return { action: asked };
    const seen = await engine.observe(id);
    const checkpoint = seen?.state.checkpoints.at(-1)?.id;
    return checkpoint === undefined ? undefined : { action: "restore", checkpoint };
  }

  private async send({ process, engine }: Seat, workflowId: string, request: Request, executes: boolean) {
    const message = { id: messageIdFrom(this.world.random.bytes(16)), ...request } as Message;
    const answer = await engine.send(workflowId, message, executes).catch(ioError);
    if (process.killed) return false;
    await engine.durable(workflowId);
    if (process.killed) return false;
    this.tell(
      `p${process.pid} ${message.action} ${message.id.slice(0, 6)}: ${answer.ok ? "done" : answer.error.reason}`,
    );
    if (answer.ok) this.acknowledged.push({ workflowId, message });
    return answer.ok;
  }

  /**
   * Workers take steps that wait for an agent. Some die with them. Once the faults are over, they carry paused runs on.
   */
  private work(): void {
    this.world.schedule(WORKER_INTERVAL_MS, undefined, () => this.work());
    const seat = this.world.random.pick(this.seats);
    const id = this.started;
    if (id === undefined || seat.process.killed) return;
    seat.process.defer(async () => {
      const seen = await seat.engine.observe(id);
      // Three owners in a row died in their first decision. A person tries once more: `baton resume --force`.
      if (this.isHealing && seen?.problem?.kind === "quarantined")
        return void (await seat.engine.adopt(id, { force: true }));
      if (!seen || seen.problem) return;
      const { state, plan } = seen;
      if (this.isHealing && state.status === "paused")
        return void (await this.send(seat, id, { action: "resume" }, true));
      const [asking] = state.awaitingAnswers;
      if (asking !== undefined && !state.stopping) {
        const stepId = plan.workflow.steps[asking]!.id;
        return void (await this.send(seat, id, { action: "answer", stepId, answers: ["yes"] }, true));
      }
      if (FINAL_RUN_STATUSES.has(state.status)) return;
      const taking = this.scenario.relay ? takingOver(plan, state, this.world.random) : undefined;
      if (taking && this.world.random.chance(0.3)) {
        if (await this.send(seat, id, taking.request, true)) this.deliverLater(id, taking.token);
        return;
      }
      if (readySteps(plan, state).length === 0) return;
      const token = assignmentIdFrom(id, this.world.random.bytes(12));
      if (await this.send(seat, id, { action: "accept", tokens: [token] }, true)) this.deliverLater(id, token);
    });
  }

  private deliverLater(id: string, assignment: string): void {
    const { random } = this.world;
    if (!this.isHealing && random.chance(0.25)) return this.tell(`the worker of ${assignment} dies`);
    this.world.schedule(random.below(4_000), undefined, () => {
      const seat = random.pick(this.seats);
      if (seat.process.killed) return this.tell(`the worker of ${assignment} finds no process`);
      const requests =
        this.scenario.relay && random.chance(0.7) ? workOf(assignment, random) : [deliveryOf(assignment, random)];
      seat.process.defer(async () => {
        for (const request of requests) if (!seat.process.killed) await this.send(seat, id, request, true);
      });
    });
  }

  /** The faults are over: killed processes come back, frozen ones wake up in time, and the disk takes writes. */
  private heal(): void {
    this.isHealing = true;
    this.disk.failure = undefined;
    for (const { store } of this.seats) store.diesInAppendAfter = undefined;
    this.tell("the faults are over");
    if (this.started === undefined) this.start(0);
  }
}
