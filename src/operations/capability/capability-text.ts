import { indentedBlock, named, quotedLine, quotedValue } from "../../model/text/quoted.ts";
import type { CapabilityAnswer, CapabilityListAnswer } from "./capability-answers.ts";
import type { CapabilityLine } from "./capability-line.ts";

export const foundLines = (answer: CapabilityListAnswer | CapabilityAnswer): string[] =>
  "capability" in answer
    ? [...detailLines({ ...answer.capability }), ...textLines(answer.text)]
    : listLines(answer.capabilities, answer.total);

const textLines = (text: string | undefined): string[] =>
  text === undefined || text === "" ? [] : ["The text of its file:", ...indentedBlock(text)];

function listLines(capabilities: readonly CapabilityLine[], total: number): string[] {
  const count = total === 1 ? "1 capability" : `${total} capabilities`;
  return [
    capabilities.length > 0 ? `${count}, best match first:` : "No capability.",
    ...capabilities.map(({ name, kind, scope, description, reason, lacks, path }) => {
      const why = reason ? ` (${reason}${lacks ? `; lacks ${lacks.join(", ")}` : ""})` : "";
      return `- ${named(name)}, ${kind}, ${scope}${why}: ${described(description)}${path ? ` [${named(path)}]` : ""}`;
    }),
  ];
}

function detailLines({ name, kind, scope, description, ...rest }: Record<string, unknown>): string[] {
  const lines = Object.entries(rest).map(([key, value]) => `${key}: ${quotedValue(value, 4_000)}`);
  return [`${named(String(name))}, ${kind}, ${scope}: ${described(description)}`, ...lines];
}

/** Quotes the author's description. */
const described = (description: unknown): string =>
  typeof description === "string" && description !== "" ? quotedLine(description, 2_000) : "no description";
