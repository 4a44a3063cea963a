import type { Colors } from "picocolors/types";
import type { ObservedRun } from "../model/contracts/engine.ts";
import { sleep } from "../model/contracts/scheduler.ts";
import { FINAL_RUN_STATUSES } from "../model/run.ts";
import { named } from "../model/text/quoted.ts";
import type { RunView } from "../model/view.ts";
import { runnerOf } from "../model/worker.ts";
import type { App } from "../operations/app.ts";
import { durationText } from "../operations/run/progress-text.ts";
import { mark, questionLines, renderRun, stepLine, summary, widestId } from "../operations/run/run-print.ts";
import { describe } from "../operations/run/runs.ts";
import { drawable } from "./drawable.ts";

/** The terminal, pipe or file that a live view writes to. */
export interface Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** Steps that wait for an agent and get a line each. */
const MAX_WAITING_LISTED = 3;
/** How often a terminal redraws elapsed times. */
const REDRAW_INTERVAL_MS = 100;
/** The least time between two views of a busy run. */
const MIN_REFRESH_MS = 20;

/**
 * Shows a run until it ends or the signal aborts. Returns the last view.
 * A terminal is redrawn in place; a pipe or file gets one line for each change. Without a screen it shows nothing.
 */
export async function followRun(
  id: string,
  app: App,
  screen: Screen | undefined,
  colors: Colors,
  signal: AbortSignal,
): Promise<RunView> {
  const painter = screen && (screen.isTTY ? new InPlaceView(screen, colors) : new LineLog(screen, colors));
  const ended = new AbortController();
  const news = app.engine.follow(id, AbortSignal.any([signal, ended.signal]))[Symbol.asyncIterator]();
  const redraw = () => (screen?.isTTY ? [sleep(app.scheduler, REDRAW_INTERVAL_MS)] : []);
  try {
    for (let next = news.next(); ; ) {
      // A failure shows in the race, or else when the run is observed.
      next.catch(() => {});
      if (await Promise.race([next, ...redraw()])) next = news.next();
      const seen = await app.engine.observe(id);
      if (!seen) throw new Error(`the run ${id} does not exist any more; \`baton list\` shows the runs`);
      const whole = await describe(seen, app);
      const over = FINAL_RUN_STATUSES.has(whole.status);
      const view = over ? drawable(whole) : drawableHead(whole);
      painter?.show(view, over, waitingLines(seen, view, colors));
      if (over || signal.aborted) {
        await app.engine.durable(id);
        return view;
      }
      await sleep(app.scheduler, MIN_REFRESH_MS);
    }
  } finally {
    ended.abort();
  }
}

/**
 * Escapes all of a view but its steps, since a redraw shows few of up to 10,000 steps. `stepLine` escapes its own
 * texts.
 */
function drawableHead(view: RunView): RunView {
  const { name, ready, questions, note } = view;
  return { ...view, ...drawable({ name, ready, questions, ...(note !== undefined && { note }) }) };
}

/** Lines about steps that need an agent or answers. Steps that a runner performs get none. */
function waitingLines({ plan, state }: ObservedRun, view: RunView, colors: Colors): string[] {
  const runnerSteps = new Set(
    plan.workflow.steps.flatMap(({ id, config }) => (state.runner !== undefined || runnerOf(config) ? [id] : [])),
  );
  const ready = view.ready.filter(
    ({ workflowId, stepId }) => workflowId !== view.workflowId || !runnerSteps.has(stepId),
  );
  return [
    ...ready
      .slice(0, MAX_WAITING_LISTED)
      .map(
        ({ workflowId, stepId, agent }) =>
          `  ${colors.yellow(stepId)} waits for an agent (${named(agent ?? "any")}): /brief in its window, or baton handoff accept ${workflowId}`,
      ),
    ...questionLines(view, colors),
  ];
}

/** Redraws one line for each step in place. Shows only what fits on the screen, active steps first. */
class InPlaceView {
  private drawn = 0;

  constructor(
    private readonly screen: Screen,
    private readonly colors: Colors,
  ) {}

  show(view: RunView, over: boolean, waiting: readonly string[]): void {
    const { screen, colors } = this;
    const erase = this.drawn > 0 ? `\u001b[${this.drawn}A\u001b[J` : "";
    const lines = over ? renderRun(view, colors).split("\n") : [...this.lines(view), ...waiting];
    screen.write(
      `${erase}${lines.map((line) => clip(line, over ? Number.POSITIVE_INFINITY : screen.columns)).join("\n")}\n`,
    );
    this.drawn = over ? 0 : lines.length;
  }

  private lines(view: RunView): string[] {
    const { colors, screen } = this;
    const room = Math.max(3, screen.rows - 4 - MAX_WAITING_LISTED);
    const widest = widestId(view);
    const weight = (status: string) => (status === "running" ? 0 : status === "waiting" || status === "failed" ? 1 : 2);
    const shown =
      view.steps.length <= room
        ? view.steps
        : [...view.steps].sort((a, b) => weight(a.status) - weight(b.status)).slice(0, room);
    const head = `${mark(view.status, colors)} ${colors.bold(named(view.name))}  ${view.workflowId}  ${view.status}`;
    const { completed, total, percentage } = view.progress;
    const foot = `  ${completed} of ${total} (${percentage}%)  ${durationText(view.metrics.wallDuration)}${view.note ? `  ${view.note}` : ""}`;
    return [head, ...shown.map((step) => `  ${stepLine(view, step.id, colors, widest)}`), foot];
  }
}

/** Prints a line for each change of a step, for logs and pipes. */
class LineLog {
  private readonly known = new Map<string, string>();
  private readonly printed = new Set<string>();
  private hasHeading = false;

  constructor(
    private readonly screen: Screen,
    private readonly colors: Colors,
  ) {}

  show(view: RunView, over: boolean, waiting: readonly string[]): void {
    if (!this.hasHeading) this.screen.write(`${named(view.name)}  ${view.workflowId}\n`);
    this.hasHeading = true;
    for (const step of view.steps) {
      const now = `${step.status} ${step.attempt}`;
      if (["pending", "ready"].includes(step.status) || this.known.get(step.id) === now) continue;
      this.known.set(step.id, now);
      this.screen.write(`${stepLine({ ...view, activeSteps: [] }, step.id, this.colors, 0)}\n`);
    }
    for (const line of waiting) {
      if (!this.printed.has(line)) this.screen.write(`${line}\n`);
      this.printed.add(line);
    }
    if (over) this.screen.write(`${named(view.name)}: ${view.status}. ${summary(view)}\n`);
  }
}

/** Cuts a line to the terminal's width but keeps every colour code. A wrapped line would break the erasing. */
function clip(line: string, columns: number): string {
  let width = 0;
  let clipped = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
  for (const [part] of line.matchAll(/\u001b\[[0-9;]*m|[^\u001b]/gu)) {
    if (part.length === 1 || !part.startsWith("\u001b")) {
      if (width >= columns - 1) continue;
      width++;
    }
    clipped += part;
  }
  return clipped;
}
