/**
 * The commands that a person can type in a host, and the words that make the host's agent do them. Every form is
 * rendered from these.
 */
export interface Command {
  readonly name: string;
  readonly title: string;
  /** One line without colons, so that frontmatter and YAML take it as it is. */
  readonly description: string;
  /** What a person types after the command's name. */
  readonly argument: string;
  /** What the argument is called where a host asks for it by name: in an MCP prompt. */
  readonly word: string;
  /** The call that does the same, for whoever has no prompts. */
  readonly call: string;
  /** The text. `typed` stands where the host puts what the person typed. */
  text(typed: string): string;
}

const TOOLS = `Use the tools of the Baton server; your host may show them with a prefix (\`mcp__baton__orchestrate\`, \`baton__orchestrate\`). If there
are none, tell the user that the Baton server is not connected (\`baton init\` connects it), and stop.`;

const goal = (typed: string) => `The goal, as the user typed it:

<goal>
${typed}
</goal>

If that is empty or looks cut off, the goal is what the user's last message asks for.`;

const ASSESSMENT = `\`assessment\` is your own
   judgement, {workflow, tasks, reason, confidence}: \`build_only\` (one clear change), \`plan_then_build\` (several files, or open questions),
   \`multi_task\` (separate jobs, each named in \`tasks\`; \`together: true\` beside it: all in one go), \`decompose_first\` (too large for one plan; it ends with a list of tasks) or \`none\` (you
   do it at once, and nothing is recorded). Look at the project just enough to judge,
   and change nothing yet.`;

/** How a step is done: the same however its run was started. */
const work = (
  first: number,
) => `${first}. **Work.** Do what the assignment's text says: it holds the work, your role, what others told you, and what to deliver. Then
   \`handoff {action: "complete", assignment, output, next: true, waitSeconds: 45}\`. Baton checks the work and answers with the next assignment, or with
   what failed: fix the cause and deliver again. If you cannot do it: \`handoff {action: "fail", assignment, reason}\`.
   If an answer names ready steps and holds no assignment: \`handoff {action: "accept", workflowId, count}\`. With several, start one subagent for
   each and give it the text of its assignment; without subagents, do one after the other.
${first + 1}. **Questions.** Ask the user the listed questions word for word, never answer for them, and return the answers:
   \`handoff {action: "answer", workflowId, stepId, answers}\`. What you must know for your own step: \`handoff {action: "ask", assignment, questions}\`.`;

/** What the user hears at the end. */
const TELL = `Tell the user in a few lines what changed, what Baton verified, what was only checked or reported, what was assumed, and what is
   open or failed. Call it done only if the answer does. Every answer ends in what to do next; in doubt, do that.`;

const build: Command = {
  name: "build",
  title: "Build",
  description:
    "Take a goal to a verified result with Baton, which routes it, keeps the run on disk and checks what is delivered",
  argument: "what to build, fix or change",
  word: "goal",
  call: "orchestrate {goal}",
  text: (typed) => `# Build

${goal(typed)} If there is no goal at all, ask what is to be built, and stop.

${TOOLS}

1. **Start.** \`orchestrate {goal, mode: "implicit", assessment}\` with the whole goal, unchanged. ${ASSESSMENT}
   The answer holds your first assignment. If it says "just do it", do what it says, and stop.
2. **If it asks back** instead (two workflows are close, a parameter is missing, the goal says too little), ask the user, and call
   \`orchestrate {sessionId, workflow, parameters, confirm: true}\` with what they say.
${work(3)}
5. **End.** The last \`complete\` brings the summary; else \`monitor_workflow {workflowId, waitSeconds: 45}\` until the run is over, then
   \`orchestrate {action: "finish", sessionId}\`. ${TELL}
`,
};

const orchestrate: Command = {
  name: "orchestrate",
  title: "Orchestrate",
  description: "See how Baton would go about a goal, correct it, confirm it, and steer the run",
  argument: "a goal, or nothing for the menu",
  word: "goal",
  call: 'orchestrate {goal, mode: "explicit"}',
  text: (typed) => `# Orchestrate

${goal(typed)} If there is no goal at all, call \`orchestrate {action: "menu"}\`, show what it lists, and let the
user choose.

${TOOLS}

1. **Route.** \`orchestrate {goal, mode: "explicit", assessment}\` with the whole goal, unchanged. ${ASSESSMENT}
2. **Show** the plan that comes back: what will happen, when the user is asked, what may change, where it ends. Start nothing before the user has said yes.
   - Yes: \`orchestrate {sessionId, confirm: true}\`. Another workflow this time: the same with \`workflow\`.
   - The choice was wrong and Baton should remember it: \`orchestrate {action: "correct", sessionId, workflow, reason}\`; show what comes back.
   - Missing parameters: ask for them, and give them as \`parameters\` with \`confirm: true\`.
${work(3)}
5. **End.** When the run is over (\`monitor_workflow {workflowId, waitSeconds: 45}\` waits for it): \`orchestrate {action: "finish", sessionId}\`.
   ${TELL}

Whenever the user asks: \`orchestrate {action: "status", sessionId}\` tells where it stands; \`monitor_workflow {action: "pause", workflowId}\`, \`"resume"\`
and \`"cancel"\` steer it.
`,
};

const checkpoint: Command = {
  name: "checkpoint",
  title: "Checkpoint",
  description: "Mark where a Baton run and its code stand, or go back to such a mark",
  argument: "a name, or list, show, restore or fork with an id",
  word: "wish",
  call: 'checkpoint {action: "create", workflowId, name}',
  text: (typed) => `# Checkpoint

What the user typed: <wish>${typed}</wish>

${TOOLS}

The run is the one you work on; otherwise the latest, which \`monitor_workflow {}\` names. Then, by what was typed:

- nothing, or a name: \`checkpoint {action: "create", workflowId, name}\`, with a short name of your own where there is none.
- \`list\`: \`checkpoint {action: "list", workflowId}\`. \`show\` and an id: \`checkpoint {action: "show", checkpointId}\`.
- \`restore\` and an id or name: first \`checkpoint {action: "restore", checkpointId, scope, dryRun: true}\`. \`scope\` is \`state\`, \`code\` or \`both\`; ask if it was
  not said. Show what would change. Only after the user's yes the same without \`dryRun\`; \`force\` only if they ask for it. The run is paused then:
  \`monitor_workflow {action: "resume", workflowId}\` goes on.
- \`fork\` and an id: \`checkpoint {action: "fork", checkpointId}\`, and say the new run's id.

Tell the user the checkpoint's id and name, and what the answer says of the code.
`,
};

const brief: Command = {
  name: "brief",
  title: "Brief",
  description: "Tell what is open in Baton, where it stands, and what comes next",
  argument: "a run's id, or nothing for everything open",
  word: "run",
  call: 'monitor_workflow {action: "briefing"}',
  text: (typed) => `# Brief

What the user typed: <run>${typed}</run>

${TOOLS}

Call \`monitor_workflow {action: "briefing", workflowId}\`, without \`workflowId\` if none was typed: then it tells of everything that is open. If there
is no such run, \`monitor_workflow {action: "list"}\` shows which there are.

Tell the user in at most ten lines: what waits for them first, then the goal, what is done and how that is known (observed, verified, checked, or only
reported), what is in work, what failed. Add nothing that the briefing does not say. If steps are ready, offer to continue, and do so only when the
user wants it. Never start again what is done.
`,
};

export const commands: readonly Command[] = [build, orchestrate, checkpoint, brief];
