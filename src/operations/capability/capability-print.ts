import type { Colors } from "picocolors/types";
import type { CapabilityRecord } from "../../model/capability.ts";
import type { Scan } from "../../model/contracts/catalog.ts";
import { plain } from "../../model/text/plain.ts";
import { named } from "../../model/text/quoted.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { Style } from "../operation.ts";
import type { CapabilityReport, FileProblem } from "./capability-report.ts";

const MIN_WIDTH_COLUMNS = 60;

/** Renders one line for each capability. A terminal cuts lines to its width; a pipe gets them whole. */
export function printCapabilities({ records, refusals }: Scan, colors: Colors, screen: Style["screen"]): string {
  if (records.length === 0) return `There are no skills or agents here${refusals.length > 0 ? DOCTOR_POINTER : ""}.`;
  const widest = Math.min(40, Math.max(...records.map(({ name }) => named(name).length)));
  const width = screen.isTTY ? Math.max(MIN_WIDTH_COLUMNS, screen.columns) : Number.POSITIVE_INFINITY;
  const lines = records.map((record) => line(record, widest, width, colors));
  const active = records.filter(({ shadowedBy }) => shadowedBy === undefined);
  const count = (kind: string) => active.filter((record) => record.kind === kind).length;
  const shadowed = records.length - active.length;
  const parts = [countOf(count("skill"), "skill"), countOf(count("agent"), "agent")];
  if (shadowed > 0) parts.push(`${shadowed} shadowed`);
  if (refusals.length > 0) parts.push(`${countOf(refusals.length, "file")} refused`);
  return [...lines, `${parts.join(", ")}${shadowed + refusals.length > 0 ? DOCTOR_POINTER : ""}.`].join("\n");
}

const DOCTOR_POINTER = "; baton doctor explains";

const countOf = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

function line(record: CapabilityRecord, widest: number, width: number, colors: Colors): string {
  const { name, kind, source, description, shadowedBy } = record;
  const known = named(name);
  const shown = truncate(known, widest).padEnd(widest);
  const place = source.scope === "plugin" ? `plugin ${named(source.namespace)}` : source.scope;
  const head = `${shown}  ${kind.padEnd(5)}  ${place.padEnd(8)}  `;
  const tail = shadowedBy === undefined ? plain(description) : `shadowed by ${shadowedBy}`;
  const room = width - head.length - 1;
  const cut = truncate(tail, room);
  return shadowedBy === undefined ? `${head}${colors.dim(cut)}` : colors.dim(`${head}${cut}`);
}

const HEADINGS = [
  ["refused", "Refused"],
  ["repaired", "Repaired: accepted, although they break the rules"],
  ["shadowed", "Shadowed by a stronger file of the same name"],
] as const;

/** Renders every complaint with its place and its fix, grouped by what happened to the file. */
export function printReport(
  { skills, agents, complaints, prose, state = [] }: CapabilityReport,
  colors: Colors,
): string {
  const lines = state.map((sentence) => `${colors.yellow("!")} ${plain(sentence)}`);
  for (const [effect, heading] of HEADINGS) {
    const these = complaints.filter((one) => one.effect === effect);
    if (these.length > 0)
      lines.push(colors.bold(`${heading} (${these.length})`), ...these.map((one) => `  ${complaint(one)}`));
  }
  const advice = complaints.filter(({ effect }) => effect === "advice").length;
  const sign = lines.length === 0 ? colors.green("✔") : colors.yellow("!");
  lines.push(`${sign} ${countOf(skills, "skill")} and ${countOf(agents, "agent")}.`);
  if (prose > 0) lines.push(`  ${countOf(prose, "file")} without frontmatter, ignored as prose.`);
  if (advice > 0)
    lines.push(
      `  ${countOf(advice, "hint")} about other loaders that may refuse a file; baton doctor --json lists them.`,
    );
  return lines.join("\n");
}

const complaint = ({ path, line, message, mend }: FileProblem): string =>
  plain(`${named(path)}${line === undefined ? "" : `:${line}`}: ${message}. ${mend}`);
