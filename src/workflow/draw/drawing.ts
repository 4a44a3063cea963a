import { Graph } from "@dagrejs/graphlib";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Edge, Plan } from "../../model/plan.ts";
import { groupDigits } from "../../model/text/format.ts";
import { EDGE_ENDPOINTS } from "../../model/workflow.ts";
import { compileCondition } from "../expression/condition.ts";
import { levels } from "../graph/schedule.ts";
import { AS_WRITTEN } from "../schema/pattern.ts";

/** Nobody looks at a larger picture, and the graph library gets slow beyond. */
const MAX_DRAWN_STEPS = 20_000;

export interface TooLarge {
  readonly reason: "too_large";
  readonly message: string;
}

interface Node {
  readonly index: number;
  readonly id: string;
  readonly title: string;
}

interface Link {
  /**
   * A type other than `finish_to_start`; `success`, `failure`, `always`, `complete` or `data`; none for an ordinary
   * dependency.
   */
  readonly labels: readonly string[];
  /** It holds back only the finish of the later step. */
  readonly holdsFinish: boolean;
  /** It follows from a condition or from data, not from `dependencies`. */
  readonly implied: boolean;
}

type Drawing = Graph<unknown, Node, Link>;

/** The graph library keeps keys in a plain object, which would lose a step named `constructor`. */
const key = (index: number) => `s${index}`;

/** The plan as a graph for drawing. Several edges between two steps become one. */
function drawingOf(plan: Plan): Result<Drawing, TooLarge> {
  if (plan.size > MAX_DRAWN_STEPS) {
    const [size, most] = [plan.size, MAX_DRAWN_STEPS].map(groupDigits);
    return err({ reason: "too_large", message: `${size} steps are too many to draw; the limit is ${most}` });
  }
  const graph: Drawing = new Graph();
  plan.workflow.steps.forEach(({ id, name }, index) => {
    graph.setNode(key(index), { index, id, title: name === id ? id : `${id} (${name})` });
  });
  for (const edge of plan.edges) {
    const before = graph.edge(key(edge.from), key(edge.to)) as Link | undefined;
    const labels = [...(before?.labels ?? []), ...labelsOf(edge, plan)];
    const late = EDGE_ENDPOINTS[edge.type].holds === "finish" && before?.holdsFinish !== false;
    graph.setEdge(key(edge.from), key(edge.to), { labels, holdsFinish: late, implied: edge.origin !== "dependency" });
  }
  return ok(graph);
}

const isExpanding = ({ workflow }: Plan, index: number): boolean =>
  Object.hasOwn(workflow.steps[index]!.config, AS_WRITTEN);

function labelsOf({ from, to, type, condition, origin }: Edge, { workflow }: Plan): string[] {
  const written = [...(type === "finish_to_start" ? [] : [type]), ...(condition === undefined ? [] : [condition])];
  if (condition !== undefined || origin === "dependency") return written;
  const source = origin === "condition" ? workflow.steps[to]!.condition : undefined;
  const compiled = source === undefined ? undefined : compileCondition(source);
  const calls = compiled?.ok ? compiled.value.calls : [];
  const asking = calls.filter(({ ids }) => ids.includes(workflow.steps[from]!.id));
  return asking.length === 0
    ? ["data"]
    : [...new Set(asking.map(({ functionName: about }) => about.slice("on_".length)))];
}

/**
 * A Mermaid flowchart. Written dependencies are full arrows, with a circle for a head where they hold back only the
 * finish. Edges from conditions and data are dotted. A step that others are expanded from has double sides.
 */
export function mermaid(plan: Plan): Result<string, TooLarge> {
  const graph = drawingOf(plan);
  if (!graph.ok) return graph;
  const lines = ["flowchart TD"];
  for (const node of graph.value.nodes()) {
    const { index, title } = graph.value.node(node);
    const [open, close] = isExpanding(plan, index) ? ["[[", "]]"] : ["[", "]"];
    lines.push(`  ${node}${open}"${escaped(title)}"${close}`);
  }
  for (const edge of graph.value.edges()) {
    const { labels, holdsFinish: late, implied } = graph.value.edge(edge);
    const label = labels.length === 0 ? "" : `|${labels.join(", ")}|`;
    lines.push(`  ${edge.v} ${implied ? "-.->" : late ? "--o" : "-->"}${label} ${edge.w}`);
  }
  return ok(`${lines.join("\n")}\n`);
}

/** Mermaid reads entities written with #. Line breaks would end the label. */
function escaped(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[#"<>[\]{}|`\\&]/g, (ch) => `#${ch.charCodeAt(0)};`);
}

/** Deeper than this, a tree does not fit on a screen and continues without further indent. */
const MAX_INDENT = 60;

/**
 * A tree in text. Every step appears once, under the last of the steps it waits for, and names the others. A step that
 * alone follows another continues in the same column behind an arrow, so a long chain stays narrow.
 */
export function drawText(plan: Plan): Result<string, TooLarge> {
  const graph = drawingOf(plan);
  if (!graph.ok) return graph;
  const parents = parentsOf(plan);
  const children = new Map<number, number[]>();
  parents.forEach((parent, step) => {
    const list = children.get(parent);
    if (list) list.push(step);
    else children.set(parent, [step]);
  });
  const { name } = plan.workflow;
  const depth = levels(plan).length;
  const lines = [`${name}: ${count(plan.size, "step")}, ${count(depth, "level")}`, ""];
  const stack = (children.get(-1) ?? []).map((step) => ({ step, lead: "", rest: "" })).reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { step, lead, rest } = next;
    lines.push(`${lead}${graph.value.node(key(step)).title}${remarks(graph.value, step, parents[step]!, plan)}`);
    const below = children.get(step) ?? [];
    const only = below.length === 1;
    for (const [i, child] of [...below.entries()].reverse()) {
      const last = i === below.length - 1;
      if (only) stack.push({ step: child, lead: `${rest}↓ `, rest });
      else if (rest.length >= MAX_INDENT) stack.push({ step: child, lead: `${rest}${last ? "└ " : "├ "}`, rest });
      else stack.push({ step: child, lead: `${rest}${last ? "└─ " : "├─ "}`, rest: `${rest}${last ? "   " : "│  "}` });
    }
  }
  return ok(`${lines.join("\n")}\n`);
}

/**
 * For each step the one it is drawn under: of the steps that its start waits for, the one on the latest level; of
 * equals, the last.
 */
function parentsOf(plan: Plan): number[] {
  const level = new Int32Array(plan.size);
  levels(plan).forEach((steps, depth) => {
    for (const step of steps) level[step] = depth;
  });
  const parents = new Array<number>(plan.size).fill(-1);
  for (const { from, to, type } of plan.edges) {
    if (EDGE_ENDPOINTS[type].holds === "finish") continue;
    const before = parents[to]!;
    if (before === -1 || level[from]! > level[before]! || (level[from] === level[before] && from > before)) {
      parents[to] = from;
    }
  }
  return parents;
}

/** How many of the other predecessors are named. */
const MAX_NAMED_STEPS = 6;

const WORDS: Readonly<Record<string, string>> = {
  success: "on success",
  failure: "on failure",
  always: "however it ends",
  complete: "however it ends",
  data: "reads its result",
  start_to_start: "once it has started",
  finish_to_finish: "finishes after it",
  start_to_finish: "finishes once it has started",
};
const inWords = ({ labels }: Link): string => labels.map((label) => WORDS[label]).join(", ");

/** What to say of a step besides its place in the tree. */
function remarks(graph: Drawing, step: number, parent: number, plan: Plan): string {
  const notes: string[] = [];
  const above = graph.edge(key(parent), key(step)) as Link | undefined;
  if (above !== undefined && above.labels.length > 0) notes.push(inWords(above));
  const others = (graph.inEdges(key(step)) ?? []).filter(({ v }) => v !== key(parent));
  for (const late of [false, true]) {
    const links = others.filter((edge) => graph.edge(edge).holdsFinish === late);
    const named = links.slice(0, MAX_NAMED_STEPS).map((edge) => {
      const link: Link = graph.edge(edge);
      return `${graph.node(edge.v).id}${link.labels.length === 0 ? "" : ` (${inWords(link)})`}`;
    });
    if (links.length > MAX_NAMED_STEPS) named.push(`${links.length - MAX_NAMED_STEPS} more`);
    if (named.length > 0) notes.push(`${late ? "held back by" : "also after"} ${named.join(", ")}`);
  }
  if (plan.workflow.steps[step]!.optional) notes.push("optional");
  if (isExpanding(plan, step)) notes.push("others grow from it");
  return notes.length === 0 ? "" : `  · ${notes.join(" · ")}`;
}

function count(number: number, what: string): string {
  return `${groupDigits(number)} ${what}${number === 1 ? "" : "s"}`;
}
