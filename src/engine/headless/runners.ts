import type { Clock } from "../../model/contracts/clock.ts";
import type { CommandRunner, Execution, Report } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import { assignmentIdFrom } from "../../model/ids.ts";
import type { Request } from "../../model/message.ts";
import type { AssignmentView } from "../../model/view.ts";
import { LEASE_SECONDS, runnerOf, type WorkerConfig } from "../../model/worker.ts";
import { hasRoom } from "../../run/state/concurrency.ts";
import { assignmentOf } from "../../run/worker/assignment.ts";
import { roundsLeft } from "../../run/worker/questions.ts";
import { readExcerptQuietly } from "../../system/excerpt.ts";
import { readRegularFile } from "../../system/file.ts";
import { reserve, writeOwn } from "../../system/own-file.ts";
import { parseTemplate } from "../../workflow/expression/template.ts";
import { compileShell } from "../../workflow/shell/shell.ts";
import type { RunLoop } from "../owner/loop.ts";
import { promptFor, readAnswer } from "./headless-prompt.ts";
import { howToAsk } from "./headless-questions.ts";

/** A command line that performs assignments, and how many of it may run at once in this process. */
export interface RunnerSetting {
  /** A shell command with `{prompt_file}` and, if the program writes its answer to a file, `{output_file}`. */
  readonly command: string;
  readonly max: number;
}

/** Programs that are known to work without a person: none of them is given more permission than it has by itself. */
export const KNOWN_RUNNERS: Readonly<Record<string, RunnerSetting>> = {
  claude: { command: 'claude -p "$(cat {prompt_file})"', max: 2 },
  goose: { command: "goose run --no-session --quiet -i {prompt_file}", max: 2 },
  codex: { command: 'codex exec --output-last-message {output_file} "$(cat {prompt_file})"', max: 2 },
};

export interface RunnersOptions {
  readonly runners: ReadonlyMap<string, RunnerSetting>;
  readonly store: Store;
  readonly clock: Clock;
  /** How commands are run: in a group of their own, stdin closed. */
  readonly command: CommandRunner;
  /** The words that start this program with this state directory: how what it starts reaches it. */
  readonly baton: readonly string[];
  readonly killGrace: number;
  readonly random: (bytes: number) => Uint8Array;
  readonly randomId: () => string;
  readonly log: (message: string) => void;
}

/** Characters of an answer. */
const LARGEST = 256 * 1024;
/** Programs of one command that a step brings along, at once. */
const UNNAMED_MAX = 2;

interface Working {
  readonly runner: string;
  readonly loop: RunLoop;
  readonly index: number;
  readonly token: string;
  performing?: Execution;
  stopBeating?: () => void;
}

/**
 * Workers of Baton's own: for steps that name a runner it accepts the step, runs the command, and delivers what that answered, all through the
 * same messages as any other worker. It follows from that that their steps are leased, renewed, verified and retried alike.
 */
export class Runners {
  private readonly working = new Set<Working>();
  private readonly loops = new Set<RunLoop>();
  private readonly complained = new Set<string>();

  constructor(private readonly options: RunnersOptions) {}

  /** Serves a run for as long as this process owns it. */
  attend(loop: RunLoop): void {
    this.loops.add(loop);
    loop.onChange(() => {
      if (!loop.owned) this.loops.delete(loop);
      this.look(loop);
    });
    setImmediate(() => this.look(loop));
  }

  /** Kills them all at once, for a process that is about to leave. */
  abandon(): void {
    for (const working of this.working) this.abandonOne(working);
  }

  private look(loop: RunLoop): void {
    for (const working of this.working) {
      if (working.loop !== loop) continue;
      const { lease, status } = loop.view.state.steps[working.index]!;
      if (!loop.owned) this.abandonOne(working);
      else if (lease?.token !== working.token || status !== "assigned") working.performing?.stop();
    }
    if (!loop.owned) return;
    const { plan, state } = loop.view;
    if (state.status !== "running" || state.stopping || state.restoring) return;
    for (const index of state.offered) {
      const own = runnerOf(plan.workflow.steps[index]!.config);
      const runner = own ?? (state.runner === undefined ? undefined : { name: state.runner });
      if (runner && hasRoom(plan, state, index)) this.take(loop, index, runner);
    }
  }

  private take(loop: RunLoop, index: number, runner: NonNullable<WorkerConfig["runner"]>): void {
    const name = "name" in runner ? runner.name : runner.command;
    const setting = "name" in runner ? this.options.runners.get(name) : { ...runner, max: UNNAMED_MAX };
    if (!setting) return this.complain(name, loop.id);
    const { working } = this;
    const busy = [...working].filter((one) => one.runner === name);
    if (busy.length >= setting.max || busy.some((one) => one.loop === loop && one.index === index)) return;
    const token = assignmentIdFrom(loop.id, this.options.random(12));
    const mine: Working = { runner: name, loop, index, token };
    working.add(mine);
    const { id: stepId } = loop.view.plan.workflow.steps[index]!;
    const worker = `runner:${"name" in runner ? name : stepId}`;
    void this.send(loop, { action: "accept", tokens: [token], stepId, worker, runner: true }).then((accepted) => {
      if (accepted) this.start(mine, setting.command);
      else working.delete(mine);
    });
  }

  private start(mine: Working, template: string): void {
    const { loop, index } = mine;
    const { plan, state } = loop.view;
    if (!loop.owned || state.steps[index]!.lease?.token !== mine.token) return void this.working.delete(mine);
    if (state.capturing.length > 0) {
      // What is being recorded is how the code was before this begins.
      const stop = loop.onChange(() => {
        if (loop.owned && loop.view.state.capturing.length > 0) return;
        stop();
        this.start(mine, template);
      });
      return;
    }
    const assignment = assignmentOf(plan, state, index);
    try {
      mine.performing = this.perform(mine, assignment, template);
      const { leaseSeconds = LEASE_SECONDS } = plan.workflow.steps[index]!.config as WorkerConfig;
      this.beat(mine, (leaseSeconds * 1000) / 3);
    } catch (error) {
      const reason = `the runner could not be started: ${error instanceof Error ? error.message : String(error)}`;
      this.deliver(mine, { action: "fail", assignment: mine.token, reason });
    }
  }

  private perform(mine: Working, assignment: AssignmentView, template: string): Execution {
    const { workflowId, stepId, attempt, outputSchema } = assignment;
    const { store, command, killGrace, baton } = this.options;
    const { plan, state } = mine.loop.view;
    const asking = howToAsk(assignment, baton, roundsLeft(plan, state, mine.index));
    const files = store.files(workflowId, stepId, attempt);
    const [promptFile, answerFile, whole] = ["prompt", "answer", "assignment"].map((name) => `${files.output}.${name}`);
    writeOwn(whole!, JSON.stringify(assignment, null, 2));
    writeOwn(promptFile!, promptFor(assignment, whole!, asking));
    reserve(answerFile!);
    const line = commandLine(template, { prompt_file: promptFile!, output_file: answerFile! });
    const job = {
      ...{ workflowId, stepId, attempt, files, killGrace },
      config: { command: line.text },
      values: line.values,
      cwd: state.cwd,
    };
    return command.perform(job, (report: Report) => {
      if (report.kind !== "ended") return;
      const { end } = report;
      const of = { assignment: mine.token };
      if (end.outcome === "failed") {
        return this.deliver(mine, { ...of, action: "fail", reason: `${mine.runner}: ${end.message}`.slice(0, 4_000) });
      }
      const written = answerIn(answerFile!);
      const answer =
        "cannot" in written
          ? written
          : readAnswer(written.text ?? readExcerptQuietly(files.stdout, LARGEST, undefined, true).text, outputSchema);
      if ("cannot" in answer) this.deliver(mine, { ...of, action: "fail", reason: answer.cannot.slice(0, 4_000) });
      else this.deliver(mine, { ...of, action: "complete", output: answer.output });
    });
  }

  /** The process is seen to live, so its lease is renewed, for as long as it does. */
  private beat(mine: Working, every: number): void {
    const { clock } = this.options;
    const again = () => {
      mine.stopBeating = clock.alarm(every, () => {
        void this.send(mine.loop, { action: "progress", assignment: mine.token });
        again();
      });
    };
    again();
  }

  private deliver(mine: Working, request: Extract<Request, { assignment: string }>): void {
    mine.stopBeating?.();
    void this.send(mine.loop, request).then(async (taken) => {
      // An answer that does not fit is a failed try, and its retry hears what was wrong.
      if (typeof taken === "string" && request.action === "complete") {
        await this.send(mine.loop, { action: "fail", assignment: mine.token, reason: taken });
      }
      this.working.delete(mine);
      for (const loop of this.loops) this.look(loop);
    });
  }

  /** `true`: obeyed. Text: the answer does not fit. `false`: the step is somebody else's by now. */
  private async send(loop: RunLoop, request: Request): Promise<boolean | string> {
    const answer = await loop.send({ id: this.options.randomId(), ...request } as Parameters<RunLoop["send"]>[0]);
    if (answer.ok) return true;
    return answer.error.reason === "output_invalid" ? answer.error.message : false;
  }

  private abandonOne(working: Working): void {
    working.stopBeating?.();
    working.performing?.abandon();
    this.working.delete(working);
  }

  /** Another process may know it; here it is said once. */
  private complain(name: string, run: string): void {
    if (this.complained.has(name)) return;
    this.complained.add(name);
    this.options.log(
      `${run} names the runner "${name}", which this process does not know; set it under "runners" in config.json`,
    );
  }
}

/** The command with its files in place, as values in the environment: whatever the quotes around them, no path becomes shell text. */
function commandLine(
  template: string,
  files: Readonly<Record<string, string>>,
): { text: string; values: Record<string, string> } {
  const marked = template.replaceAll(/\{(prompt_file|output_file)\}/g, "{{$1}}");
  const parsed = parseTemplate(marked);
  const shell = parsed.ok ? compileShell(parsed.value) : parsed;
  if (!shell.ok)
    throw new Error(
      `its command ${JSON.stringify(template)} cannot be used: ${"message" in shell.error ? shell.error.message : shell.error[0]!.message}`,
    );
  const values = Object.fromEntries([...shell.value.variables].map(([variable, name]) => [variable, files[name]!]));
  return { text: shell.value.text, values };
}

/** What a program wrote as its answer, if anything; or why that cannot be delivered. */
function answerIn(path: string): { readonly text: string | undefined } | { readonly cannot: string } {
  // No character takes more bytes than this, so what is larger is too long.
  const read = readRegularFile(path, 3 * LARGEST);
  if ("reason" in read) {
    if (read.reason === "absent") return { text: undefined };
    return { cannot: read.reason === "too_large" ? tooLong() : `its answer cannot be read: it ${read.message}` };
  }
  const text = read.bytes.toString("utf8");
  if (text.trim() === "") return { text: undefined };
  return text.length > LARGEST ? { cannot: tooLong(text.length) } : { text };
}

const tooLong = (length?: number): string =>
  `its answer is ${length ?? `more than ${LARGEST}`} characters long; at most ${LARGEST} can be delivered`;
