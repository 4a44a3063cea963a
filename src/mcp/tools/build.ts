import type { Operations, ToolOperation } from "../../operations/operation.ts";
import { mergeFields } from "./merge-fields.ts";
import { type Annotations, byAction, type Property, type Tool, type ToolFace } from "./tool.ts";

/** A tool, made of what it says of itself and of the operations that name it. */
export function buildTool(face: ToolFace, operations: Operations): Tool {
  const { name, title, description, defaultAction, mainAction, alwaysLoad = false } = face;
  const own = Object.values(operations).filter((one): one is ToolOperation => one.tool?.name === name);
  const readOnly = own.every(({ effect }) => effect === "read");
  const annotations = unlessUsual({
    readOnlyHint: readOnly,
    destructiveHint: own.some(({ effect }) => effect === "destroy"),
    idempotentHint: face.idempotent ?? readOnly,
    openWorldHint: face.openWorld ?? false,
  });
  const takers = takersOf(own);
  const actions = Object.fromEntries(own.map((operation) => [operation.tool.action ?? "", operation]));
  const fields = mergeFields(actions, mainAction);
  const about = { name, title, description, alwaysLoad, annotations, takers };
  if (defaultAction === undefined) {
    const operation = onlyOne(name, own);
    return { ...about, inputSchema: { type: "object", properties: fields }, route: (args) => ({ operation, args }) };
  }
  return {
    ...about,
    inputSchema: { type: "object", properties: { action: actionProperty(actions, defaultAction), ...fields } },
    route: ({ action, ...args }) =>
      byAction(
        actions,
        takers,
        action ?? (typeof defaultAction === "string" ? defaultAction : defaultAction(args)),
        args,
      ),
  };
}

/** What a host takes for granted of a tool that says nothing (the protocol's defaults). */
const USUAL = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true } as const;

/** The hints that say something else than a host takes for granted. Each host shows the rest to its model for nothing. */
function unlessUsual({ readOnlyHint, ...hints }: Required<Annotations>): Annotations {
  const { openWorldHint } = hints;
  // Of a tool that only reads, the other hints mean nothing.
  const said = readOnlyHint ? { readOnlyHint, openWorldHint } : { readOnlyHint, ...hints };
  return Object.fromEntries(Object.entries(said).filter(([name, hint]) => hint !== USUAL[name as keyof Annotations]));
}

/** Listed or not: an argument works wherever its operation has it. */
function takersOf(own: readonly ToolOperation[]): Map<string, string[]> {
  const takers = new Map<string, string[]>();
  for (const { input, tool } of own)
    for (const name of Object.keys(input.shape))
      takers.set(name, [...(takers.get(name) ?? []), ...(tool.action === undefined ? [] : [tool.action])]);
  return takers;
}

const actionProperty = (actions: object, usual: ToolFace["defaultAction"]): Property => ({
  type: "string",
  enum: Object.keys(actions),
  ...(typeof usual === "string" && { description: `Default: ${usual}` }),
});

function onlyOne(name: string, [operation, ...more]: readonly ToolOperation[]): ToolOperation {
  if (!operation || more.length > 0) throw new Error(`the tool ${name} has no actions, so exactly one operation`);
  return operation;
}
