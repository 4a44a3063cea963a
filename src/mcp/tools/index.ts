import type { Operations } from "../../operations/operation.ts";
import { buildTool } from "./build.ts";
import { checkpoint } from "./checkpoint.ts";
import { executeWorkflow } from "./execute-workflow.ts";
import { findCapabilities } from "./find-capabilities.ts";
import { handoff } from "./handoff.ts";
import { manageTemplates } from "./manage-templates.ts";
import { monitorWorkflow } from "./monitor-workflow.ts";
import { orchestrate } from "./orchestrate.ts";
import type { Tool, ToolFace } from "./tool.ts";

/** All tools, in the order of the listing. */
const FACES: readonly ToolFace[] = [
  orchestrate,
  executeWorkflow,
  monitorWorkflow,
  handoff,
  checkpoint,
  findCapabilities,
  manageTemplates,
];

/** The tools that perform these operations. */
export const toolsOf = (operations: Operations): Tool[] => FACES.map((face) => buildTool(face, operations));
