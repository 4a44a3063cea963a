/** What every host shows its model about this server. */
export const INSTRUCTIONS = `Baton runs workflows durably. orchestrate takes a goal in the user's words to a run; execute_workflow starts one and answers at once; handoff takes and delivers \
its agent steps; monitor_workflow {workflowId, waitSeconds: 20} waits for it. Runs live on disk, not in this connection: after a crash, a compaction or in another window, \
monitor_workflow {action: "briefing"} tells what is open and how to go on. find_capabilities finds skills and agents, manage_templates workflows that are written already. Every answer ends in what to do next.`;
