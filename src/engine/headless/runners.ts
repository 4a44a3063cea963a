import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { CommandRunner, Execution, Report } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import { assignmentIdFrom, messageIdFrom } from "../../model/ids.ts";
import type { Request } from "../../model/message.ts";
import type { RunState } from "../../model/run-state.ts";
import { LEASE_SECONDS, runnerOf, type WorkerConfig } from "../../model/worker.ts";
import { type Assignment, assignmentOf } from "../../run/assignment/assignment.ts";
import { awaitsBaseline } from "../../run/features/baselines.ts";
import { roundsLeft } from "../../run/features/questions.ts";
import { mayStart } from "../../run/state/admission.ts";
import { MIN_RENEWAL_INTERVAL_MS } from "../../run/worker/lease.ts";
import { treeOf } from "../../run/worker/notes.ts";
import { readCapabilityText } from "../../system/capability-text.ts";
import { createIfAbsent, writeOwn } from "../../system/own-file.ts";
import type { RunLoop } from "../owner/loop.ts";
import { promptFor, readAnswer } from "./headless-prompt.ts";
import { askInstructions } from "./headless-questions.ts";
import { commandLine, lastWords, printedFailure, readAnswerFile } from "./runner-files.ts";
import { type RunnerOutput, watchOutput } from "./signs-of-life.ts";

/** A command line that performs assignments, and how many of its processes may run at once in this process. */
export interface RunnerSetting {
  /** A shell command with `{prompt_file}` and, if the program writes its answer to a file, `{output_file}`. */
  readonly command: string;
  readonly max: number;
  /** What the program prints. Absent: text. */
  readonly output?: RunnerOutput;
}

/** Programs that work without a user. Baton gives none of them more permissions than it has by default. */
export const KNOWN_RUNNERS: Readonly<Record<string, RunnerSetting>> = {
  claude: {
    command: 'claude -p "$(cat {prompt_file})" --output-format stream-json --verbose',
    max: 2,
    output: "claude-stream-json",
  },
  goose: {
    command: "goose run --no-session --quiet --output-format stream-json -i {prompt_file}",
    max: 2,
    output: "goose-stream-json",
  },
  codex: { command: 'codex exec --output-last-message {output_file} "$(cat {prompt_file})"', max: 2 },
};

export interface RunnersOptions {
  readonly runners: ReadonlyMap<string, RunnerSetting>;
  readonly store: Store;
  readonly scheduler: Scheduler;
  /** Runs commands, each in a process group of its own, with stdin closed. */
  readonly command: CommandRunner;
  /** The command line that starts Baton with this state directory, as words: how a runner's program calls Baton. */
  readonly baton: readonly string[];
  readonly killGrace: number;
  readonly log: (message: string) => void;
}

/** How many processes of a command that the workflow itself defines may run at once. */
const MAX_PER_INLINE_COMMAND = 2;

interface RunnerTask {
  readonly runner: string;
  readonly loop: RunLoop;
  readonly index: number;
  readonly token: string;
  execution?: Execution;
  stopRenewing?: () => void;
  /** The step is no longer its own, so how the program ends says nothing about it. */
  lost?: true;
}

/**
 * Baton's own workers. For a step that names a runner, Baton accepts the step, runs the command and delivers its
 * answer. It sends the same messages as any other worker, so leases, renewals, verification and retries work the same.
 */
export class Runners {
  private readonly tasks = new Set<RunnerTask>();
  private readonly loops = new Set<RunLoop>();
  private readonly loggedRunners = new Set<string>();

  constructor(private readonly options: RunnersOptions) {}

  /** Performs the runner steps of a run while this process owns the run. */
  serve(loop: RunLoop): void {
    this.loops.add(loop);
    loop.onChange(() => {
      if (!loop.owned) this.loops.delete(loop);
      this.syncRun(loop);
    });
    this.options.scheduler.defer(() => this.syncRun(loop));
  }

  /** Kills all programs at once, before this process exits. */
  abandon(): void {
    for (const task of this.tasks) this.abandonTask(task);
  }

  private syncRun(loop: RunLoop): void {
    for (const task of this.tasks) {
      if (task.loop !== loop) continue;
      const { lease, status } = loop.view.state.steps[task.index]!;
      if (!loop.owned) this.abandonTask(task);
      else if (lease?.token !== task.token || status !== "assigned") this.endTask(task);
    }
    if (!loop.owned) return;
    const { plan, state } = loop.view;
    if (state.status !== "running" || state.stopping || state.restoring) return;
    for (const index of state.offered) {
      const own = runnerOf(plan.workflow.steps[index]!.config);
      const runner = own ?? (state.runner === undefined ? undefined : { name: state.runner });
      if (runner && mayStart(plan, state, index) && !awaitsBaseline(plan, state, index))
        this.acceptStep(loop, index, runner);
    }
  }

  private acceptStep(loop: RunLoop, index: number, runner: NonNullable<WorkerConfig["runner"]>): void {
    const name = "name" in runner ? runner.name : runner.command;
    const setting = "name" in runner ? this.options.runners.get(name) : { ...runner, max: MAX_PER_INLINE_COMMAND };
    if (!setting) return this.logUnknownRunner(name, loop.id);
    const busy = [...this.tasks].filter((one) => one.runner === name);
    if (busy.length >= setting.max || busy.some((one) => one.loop === loop && one.index === index)) return;
    const token = assignmentIdFrom(loop.id, this.options.scheduler.random(12));
    const task: RunnerTask = { runner: name, loop, index, token };
    this.tasks.add(task);
    const { id: stepId } = loop.view.plan.workflow.steps[index]!;
    const worker = `runner:${"name" in runner ? name : stepId}`;
    void this.send(loop, { action: "accept", tokens: [token], stepId, worker, runner: true }).then((accepted) => {
      if (accepted) this.start(task, setting);
      else this.tasks.delete(task);
    });
  }

  private start(task: RunnerTask, setting: RunnerSetting): void {
    const { loop, index } = task;
    const { plan, state } = loop.view;
    if (!loop.owned || state.steps[index]!.lease?.token !== task.token) return void this.tasks.delete(task);
    const isLooking = ({ capturing, treeing }: RunState) => capturing.length > 0 || treeing.has(index);
    if (isLooking(state)) {
      // Baton takes the files as they were before this step, so the step waits.
      const stop = loop.onChange(() => {
        if (loop.owned && isLooking(loop.view.state)) return;
        stop();
        this.start(task, setting);
      });
      return;
    }
    const related = [...this.loops].filter((one) => one !== loop).map((one) => one.view);
    const assignment = assignmentOf(plan, state, index, treeOf(state, related));
    try {
      task.execution = this.runCommand(task, assignment, setting);
      const { leaseSeconds = LEASE_SECONDS } = plan.workflow.steps[index]!.config as WorkerConfig;
      const { workflowId, stepId, attempt } = assignment;
      const files = this.options.store.files(workflowId, stepId, attempt);
      this.renewWhileAlive(
        task,
        watchOutput(files, setting.output ?? "text"),
        Math.min(MIN_RENEWAL_INTERVAL_MS, (leaseSeconds * 1000) / 3),
      );
    } catch (error) {
      const reason = `the runner could not be started: ${error instanceof Error ? error.message : String(error)}`;
      this.deliver(task, { action: "fail", assignment: task.token, reason });
    }
  }

  private runCommand(
    task: RunnerTask,
    assignment: Assignment,
    { command: template, output }: RunnerSetting,
  ): Execution {
    const { workflowId, stepId, attempt, outputSchema } = assignment;
    const { store, command, killGrace, baton } = this.options;
    const { plan, state } = task.loop.view;
    const asking = askInstructions(assignment, baton, roundsLeft(plan, state, task.index));
    const files = store.files(workflowId, stepId, attempt);
    const [promptFile, answerFile, whole] = ["prompt", "answer", "assignment"].map((name) => `${files.output}.${name}`);
    writeOwn(whole!, JSON.stringify(assignment, null, 2));
    const role = assignment.role.known ? undefined : readCapabilityText(assignment.role.path);
    writeOwn(promptFile!, promptFor(assignment, { role, whole: whole!, baton, asking }));
    createIfAbsent(answerFile!);
    const line = commandLine(template, { prompt_file: promptFile!, output_file: answerFile! });
    const job = {
      ...{ workflowId, stepId, attempt, files, killGrace },
      config: { command: line.text },
      values: line.values,
      cwd: state.cwd,
    };
    return command.perform(job, (report: Report) => {
      if (report.kind !== "ended") return;
      if (task.lost) return this.forgetTask(task);
      const { end } = report;
      const of = { assignment: task.token };
      if (end.outcome === "failed") {
        // Without words of its own, how it ended is all that Baton saw.
        const said = printedFailure(files.stdout, output);
        const how = end.exitCode === undefined ? end.message : `exit code ${end.exitCode}`;
        const why = said === undefined ? end.message : `${how}: ${said}`;
        return this.deliver(task, { ...of, action: "fail", reason: `${task.runner}: ${why}`.slice(0, 4_000) });
      }
      const said = readAnswerFile(answerFile!);
      const last = "cannot" in said || said.text !== undefined ? said : lastWords(files.stdout, output);
      const answer = "cannot" in last ? last : readAnswer(last.text ?? "", outputSchema);
      if ("cannot" in answer) this.deliver(task, { ...of, action: "fail", reason: answer.cannot.slice(0, 4_000) });
      else this.deliver(task, { ...of, action: "complete", output: answer.output });
    });
  }

  /**
   * Looks every `every` milliseconds whether the program has shown life, and renews the step's lease if so. The lease
   * of a program that hangs expires, and then the program is killed.
   */
  private renewWhileAlive(task: RunnerTask, isAlive: () => boolean, every: number): void {
    const { scheduler } = this.options;
    const again = () => {
      task.stopRenewing = scheduler.alarm(every, () => {
        if (isAlive()) void this.send(task.loop, { action: "progress", assignment: task.token });
        again();
      });
    };
    again();
  }

  private deliver(task: RunnerTask, request: Extract<Request, { assignment: string }>): void {
    task.stopRenewing?.();
    void this.send(task.loop, request).then(async (taken) => {
      // An answer that does not fit the schema fails the attempt. The next attempt gets the reason.
      if (typeof taken === "string" && request.action === "complete") {
        await this.send(task.loop, { action: "fail", assignment: task.token, reason: taken.slice(0, 4_000) });
      }
      this.forgetTask(task);
    });
  }

  /** The step has another worker now, or its lease expired because the program hangs: kills the program. */
  private endTask(task: RunnerTask): void {
    if (!task.execution) return;
    task.lost = true;
    task.stopRenewing?.();
    task.execution.stop();
  }

  private forgetTask(task: RunnerTask): void {
    this.tasks.delete(task);
    for (const loop of this.loops) this.syncRun(loop);
  }

  /**
   * `true`: the owner applied the message. Text: why the output does not fit. `false`: the step has another worker now.
   */
  private async send(loop: RunLoop, request: Request): Promise<boolean | string> {
    const id = messageIdFrom(this.options.scheduler.random(16));
    const answer = await loop.send({ id, ...request } as Parameters<RunLoop["send"]>[0]);
    if (answer.ok) return true;
    return answer.error.reason === "output_invalid" ? answer.error.message : false;
  }

  private abandonTask(task: RunnerTask): void {
    task.stopRenewing?.();
    task.execution?.abandon();
    this.tasks.delete(task);
  }

  /** Logs an unknown runner once. This is no failure: another process may know the runner. */
  private logUnknownRunner(name: string, run: string): void {
    if (this.loggedRunners.has(name)) return;
    this.loggedRunners.add(name);
    this.options.log(
      `${run} needs the runner "${name}", which this process does not know; add it under "runners" in config.json`,
    );
  }
}
