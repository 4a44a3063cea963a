import { checkpoint } from "./checkpoint.ts";
import { executeWorkflow } from "./execute-workflow.ts";
import { findCapabilities } from "./find-capabilities.ts";
import { handoff } from "./handoff.ts";
import { manageTemplates } from "./manage-templates.ts";
import { monitorWorkflow } from "./monitor-workflow.ts";
import { orchestrate } from "./orchestrate.ts";
import type { Tool } from "./tool.ts";

/** All tools, in the order of the listing. */
export const tools: readonly Tool[] = [
  orchestrate,
  executeWorkflow,
  monitorWorkflow,
  handoff,
  checkpoint,
  findCapabilities,
  manageTemplates,
];
