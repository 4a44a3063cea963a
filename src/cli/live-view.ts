import type { Colors } from "picocolors/types";
import { FINAL_RUN_STATUSES } from "../model/run.ts";
import { named } from "../model/text/quoted.ts";
import type { RunView } from "../model/view.ts";
import { runnerOf } from "../model/worker.ts";
import type { App } from "../operations/app.ts";
import { describe } from "../operations/run/runs.ts";
import { drawable } from "./plain.ts";
import { duration, mark, questionLines, renderRun, stepLine, summary, widestId } from "./render.ts";

/** Where a live view is drawn. */
export interface Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** Steps that wait for an agent and are named. */
const MOST_WAITING = 3;
/** How often elapsed times are redrawn on a terminal, in milliseconds. */
const REDRAW = 100;
/** The least time between two looks at a busy run where only lines are printed, in milliseconds. */
const LOOK = 20;

/** Shows a run until it is over or the signal says so: in place on a terminal, else a line for each change. Returns the last view. */
export async function follow(
  id: string,
  app: App,
  screen: Screen | undefined,
  colors: Colors,
  signal: AbortSignal,
): Promise<RunView> {
  const painter = screen && (screen.isTTY ? new InPlace(screen, colors) : new Lines(screen, colors));
  for (;;) {
    const seen = app.engine.observe(id);
    if (!seen) throw new Error(`the run ${id} has vanished`);
    const whole = describe(seen, app);
    const over = FINAL_RUN_STATUSES.has(whole.status);
    const view = over ? drawable(whole) : headDrawable(whole);
    const waiting = waitingIn(seen, view, colors);
    painter?.show(view, over, waiting);
    if (over || signal.aborted) {
      await app.engine.durable(id);
      return view;
    }
    await app.engine.changed(id, view.rev, screen?.isTTY ? REDRAW : 60_000, signal);
    if (!screen?.isTTY) await app.engine.sleep(LOOK);
  }
}

/** Ten thousand steps are not gone through with each redraw for the few that are drawn: the line of a step sees to itself. */
function headDrawable(view: RunView): RunView {
  const { name, ready, questions, note } = view;
  return { ...view, ...drawable({ name, ready, questions, ...(note !== undefined && { note }) }) };
}

/** A run as the engine shows it. */
type Seen = NonNullable<ReturnType<App["engine"]["observe"]>>;

/** What somebody has to do so that the run goes on; steps that a runner does are not among it. */
function waitingIn({ plan, state }: Seen, view: RunView, colors: Colors): string[] {
  const attended = new Set(
    plan.workflow.steps.flatMap(({ id, config }) => (state.runner !== undefined || runnerOf(config) ? [id] : [])),
  );
  const ready = view.ready.filter(({ workflowId, stepId }) => workflowId !== view.workflowId || !attended.has(stepId));
  return [
    ...ready
      .slice(0, MOST_WAITING)
      .map(
        ({ workflowId, stepId, agent }) =>
          `  ${colors.yellow(stepId)} waits for an agent (${named(agent ?? "any")}): /brief in its window, or baton handoff accept ${workflowId}`,
      ),
    ...questionLines(view, colors),
  ];
}

/** One line a step, drawn over the lines before. Only what fits on the screen: the active steps first. */
class InPlace {
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
    const room = Math.max(3, screen.rows - 4 - MOST_WAITING);
    const widest = widestId(view);
    const weight = (status: string) => (status === "running" ? 0 : status === "waiting" || status === "failed" ? 1 : 2);
    const shown =
      view.steps.length <= room
        ? view.steps
        : [...view.steps].sort((a, b) => weight(a.status) - weight(b.status)).slice(0, room);
    const head = `${mark(view.status, colors)} ${colors.bold(named(view.name))}  ${view.workflowId}  ${view.status}`;
    const { completed, total, percentage } = view.progress;
    const foot = `  ${completed} of ${total} (${percentage}%)  ${duration(view.metrics.wallDuration)}${view.note ? `  ${view.note}` : ""}`;
    return [head, ...shown.map((step) => `  ${stepLine(view, step.id, colors, widest)}`), foot];
  }
}

/** A line for each change of a step, for logs and pipes. */
class Lines {
  private readonly known = new Map<string, string>();
  private readonly told = new Set<string>();
  private headed = false;

  constructor(
    private readonly screen: Screen,
    private readonly colors: Colors,
  ) {}

  show(view: RunView, over: boolean, waiting: readonly string[]): void {
    if (!this.headed) this.screen.write(`${named(view.name)}  ${view.workflowId}\n`);
    this.headed = true;
    for (const step of view.steps) {
      const now = `${step.status} ${step.attempt}`;
      if (["pending", "ready"].includes(step.status) || this.known.get(step.id) === now) continue;
      this.known.set(step.id, now);
      this.screen.write(`${stepLine({ ...view, activeSteps: [] }, step.id, this.colors, 0)}\n`);
    }
    for (const line of waiting) {
      if (!this.told.has(line)) this.screen.write(`${line}\n`);
      this.told.add(line);
    }
    if (over) this.screen.write(`${named(view.name)}: ${view.status}. ${summary(view)}\n`);
  }
}

/** Cuts a line to the terminal's width without cutting colour codes, so that no line wraps and the erasing stays exact. */
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
