import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { FieldTemplates, StepSyntax } from "../../src/model/contracts/step.ts";
import { CommandCheck, DataChecks, FileCheck } from "../../src/model/worker.ts";
import { operations } from "../../src/operations/index.ts";
import {
  intentBlock,
  intentFields,
  phaseFields,
  skillEntry,
  skillLists,
  stepAliases,
} from "../../src/workflow/dialect/fields.ts";
import { SYNONYMS, UNSUPPORTED_FIELDS, UNSUPPORTED_VALUES } from "../../src/workflow/schema/unsupported-fields.ts";
import {
  concurrencyLimit,
  dependency,
  parameterDeclaration,
  retryPolicy,
  stepFields,
  workflowFields,
} from "../../src/workflow/schema/workflow-schema.ts";
import { tables } from "./tables.ts";

export { cliPage } from "./cli-page.ts";
export { withStepStates } from "./step-states.ts";
export { toolsPage } from "./tools-page.ts";
export { operations };

/** The path of a step type's example, from the root of the repository. */
export const exampleOf = (type: string): string => `docs/examples/${type}.yaml`;

/** The reference of the workflow language, from its schemas. */
export function page(root: string): string {
  const sections = [
    `# Workflow reference

This page lists every field of the workflow language. \`npm run docs\` writes it from the schemas that check workflows.
[The workflow language](workflows.md) and [agent steps](agent-steps.md) explain the fields with examples. Baton refuses
any other field.

${contents()}`,
    `## Workflow\n\n${tables("a workflow", { ...workflowFields, steps: stepsField }, { elsewhere })}`,
    `## Parameter\n\nAn entry of \`parameters\`. \`name: integer\` is short for a required parameter of that type.\n\n${tables("a parameter", parameterDeclaration.shape)}`,
    `## Dependency\n\nAn entry of \`dependencies\`. [What the types mean](workflows.md#dependency-types).\n\n${tables("a dependency", dependency.shape)}`,
    `## Limit\n\nAn entry of \`limits\`.\n\n${tables("a limit", concurrencyLimit.shape)}`,
    `## Retry policy\n\n\`retryPolicy\` of a step, or of the workflow's \`errorHandling\`. Without a policy, the delay between attempts is constant.\n\n${tables("a retry policy", retryPolicy.shape)}`,
    `## Step\n\nFields of every step type.\n\n${tables("a step", { ...stepFields, type: typeField }, { elsewhere })}\n\nOther words for a step's order and its command:\n\n${tables("a step", stepAliases)}`,
    `## Duration\n\nA whole number of milliseconds, or text: \`250ms\`, \`5s\`, \`10m\`, \`1h30m\`, \`2d\`. The larger unit comes first.`,
    `## Check

An entry of \`verify\` in an [agent step](#agent-step) or a [skill step](#skill-step). A command:

${tables("a check", CommandCheck.shape)}

A file:

${tables("a check", FileCheck.shape)}

Commands from data. A text with a single \`{{ }}\` and nothing else is short for this check.

${tables("a check", DataChecks.shape)}`,
    `# Step types

The column \`{{ }}\` says how Baton inserts values into a field. **shell**: the value is passed in an environment variable
and never becomes shell text. **text**: the value becomes part of the text. **data**: each text inside is filled, and a
single \`{{x}}\` keeps its type. **expression**: text without braces is an expression. If the column is empty, Baton uses
the field as written.`,
    ...stepSyntax.map((syntax) => stepSection(syntax, root)),
    `# Other ways to write it

Lists of skills, phases and intents become steps. The fields beside them are those of a [workflow](#workflow).
[How Baton reads them](workflows.md#other-ways-to-write-it).`,
    `## Skills\n\n${tables("a list of skills", skillLists)}\n\nAn entry is a [step](#step), usually a [skill step](#skill-step), with these additional fields:\n\n${tables("an entry in a list of skills", skillEntry)}`,
    `## Phases\n\nAn entry of \`phases\`. Any other field of a phase applies to each of its agents.\n\n${tables("a phase", phaseFields)}`,
    `## Intents\n\n${tables("a block of intents", intentBlock)}\n\nAn intent has \`phases\`, or the fields of a phase. Any other field applies to each of its agents.\n\n${tables("an intent", intentFields)}`,
    refused(),
    synonyms(),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** The fields whose types have their own sections. */
const elsewhere = {
  dependencies: "list of [dependencies](#dependency)",
  limits: "list of [limits](#limit)",
  steps: "list of [steps](#step)",
  retryPolicy: "[retry policy](#retry-policy)",
  verify: "[check](#check), or a list",
};

const typeField = z
  .enum(stepSyntax.map(({ type }) => type))
  .optional()
  .meta({ description: "The type of the step.", otherwise: "derived from the step's fields" });

const stepsField = workflowFields.dependencies
  .unwrap()
  .meta({ type: "array", items: {}, description: "The steps; at least one." });

function contents(): string {
  const link = (title: string) => `[${title}](#${title.toLowerCase().replaceAll(" ", "-")})`;
  const parts = ["Workflow", "Parameter", "Dependency", "Limit", "Retry policy", "Step", "Duration", "Check"]
    .map(link)
    .join(" · ");
  const types = stepSyntax.map(({ type }) => link(`${type} step`)).join(" · ");
  const others = ["Skills", "Phases", "Intents", "Not supported yet", "Names from elsewhere"].map(link).join(" · ");
  return `- The workflow: ${parts}\n- Step types: ${types}\n- Other ways to write it: ${others}`;
}

function stepSection({ type, summary, fields, templates, knownBy, passive: idle }: StepSyntax, root: string): string {
  const file = join(root, exampleOf(type));
  const found = [
    `## ${type} step`,
    summary,
    [
      knownBy && `A step with ${knownBy.map((field) => `\`${field}\``).join(" or ")} needs no \`type\`.`,
      idle && "It takes no slot of its run.",
    ]
      .filter(Boolean)
      .join(" "),
    tables(`a ${type} step`, fields, { filled: (field) => kindOf(templates[field]), elsewhere }),
    existsSync(file) ? `\`\`\`yaml\n${readFileSync(file, "utf8")}\`\`\`` : undefined,
  ];
  return found.filter(Boolean).join("\n\n");
}

function kindOf(filled: FieldTemplates | undefined): string {
  if (filled === undefined || typeof filled === "string") return filled ?? "";
  const kinds = new Map<string, string[]>(filled.self && [[filled.self, ["itself"]]]);
  for (const [key, kind] of Object.entries(filled.keys)) kinds.set(kind, [...(kinds.get(kind) ?? []), `\`${key}\``]);
  return [...kinds].map(([kind, keys]) => `${kind}: ${keys.join(", ")}`).join("; ");
}

const PLACES: Readonly<Record<string, string>> = { "": "a workflow", steps: "a step" };

function refused(): string {
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const fields = Object.entries(UNSUPPORTED_FIELDS).map(
    ([place, names]) => `| ${PLACES[place] ?? `\`${place}\``} | ${list(names)} |`,
  );
  const values = Object.entries(UNSUPPORTED_VALUES).map(
    ([place, names]) => `| \`${place}\`, as a value | ${list(names)} |`,
  );
  return `## Not supported yet

These fields and values are planned, or exist in other tools. Baton refuses them by name and never ignores them.

| in | refused |
| --- | --- |
${[...fields, ...values].join("\n")}`;
}

function synonyms(): string {
  const names = new Map<string, string[]>();
  for (const [theirs, ours] of Object.entries(SYNONYMS)) names.set(ours, [...(names.get(ours) ?? []), theirs]);
  const rows = [...names].map(
    ([ours, theirs]) => `| \`${ours}\` | ${theirs.map((name) => `\`${name}\``).join(", ")} |`,
  );
  return `## Names from elsewhere

Other tools have other names for these fields. Baton refuses such a name, and the message gives Baton's name.

| here | elsewhere |
| --- | --- |
${rows.join("\n")}`;
}
