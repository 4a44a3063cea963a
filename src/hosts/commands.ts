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
  /** Whether hosts get it as an MCP prompt too. */
  readonly prompt: boolean;
  /** The text. `typed` stands where the host puts what the person typed. */
  text(typed: string): string;
}

const TOOLS = `Use the tools of the Baton server; your host may show them with a prefix (\`mcp__baton__orchestrate\`, \`baton__orchestrate\`). If they are not
there, tell the user that the Baton server is not connected (\`baton init\` connects it), and stop.`;

const goal = (typed: string) => `The goal, as the user typed it:

<goal>
${typed}
</goal>

If that is empty or looks cut off, the goal is what the user's last message asks for.`;

const ASSESSMENT = `\`assessment\` is your own
   judgement, {workflow, tasks, reason, confidence}: \`build_only\` (one clear change), \`plan_then_build\` (several files, or open questions),
   \`multi_task\` (separate jobs, each named in \`tasks\`), \`decompose_first\` (too large for one plan; it ends with a list of tasks) or \`none\` (you
   do it at once, and nothing is recorded). Look at the project as far as that takes,
   and change nothing yet.`;

/** From a started run to its end: the same however it was started. */
const work = (
  first: number,
) => `${first}. **Work.** While \`ready\` names steps: \`handoff {action: "accept", workflowId, count}\` leases them. Do what each assignment says (read the file
   it names, keep to its schema), then \`handoff {action: "complete", assignment, output}\`; what cannot be done: \`handoff {action: "fail", assignment, reason}\`.
   Several at once: one subagent for each, with its own token, prompt, file, input and schema. Without subagents, one after the other.
${first + 1}. **Questions.** Put what stands in \`questions\` to the user, word for word, and give the answers back with
   \`handoff {action: "answer", workflowId, stepId, answers}\`. Do not answer for them. What you must know for a step of yours:
   \`handoff {action: "ask", assignment, questions}\`.
${first + 2}. **Follow.** \`monitor_workflow {workflowId, waitSeconds: 20}\` returns when something changes: new steps are ready, checks have run, the run is over.
   A step whose checks failed comes back with what failed; mend the cause. Go on until \`status\` is final.
${first + 3}. **Finish.** \`orchestrate {action: "finish", sessionId}\`. Tell the user in a few lines what was done, what Baton verified, and what is open or failed.
   Call it done only if the answer does. Every answer ends in what to do next; in doubt, do that.`;

const build: Command = {
  name: "build",
  title: "Build",
  description:
    "Take a goal to a verified result with Baton, which routes it, keeps the run on disk and checks what is delivered",
  argument: "what to build, fix or change",
  prompt: true,
  text: (typed) => `# Build

${goal(typed)} If there is no goal at all, ask what is to be built, and stop.

${TOOLS}

1. **Start.** \`orchestrate {goal, mode: "implicit", assessment}\` with the whole goal, unchanged. ${ASSESSMENT}
2. **If it asks back** instead of starting (two workflows are close, a parameter is missing, the goal says too little), ask the user, and call
   \`orchestrate {sessionId, workflow, parameters, confirm: true}\` with what they say. If it answers "just do it", do what it says, and stop.
${work(3)}
`,
};

const orchestrate: Command = {
  name: "orchestrate",
  title: "Orchestrate",
  description: "See how Baton would go about a goal, correct it, confirm it, and steer the run",
  argument: "a goal, or nothing for the menu",
  prompt: true,
  text: (typed) => `# Orchestrate

${goal(typed)} If there is no goal at all, call \`orchestrate {action: "menu"}\`, show what it lists, and let the
user choose.

${TOOLS}

1. **Route.** \`orchestrate {goal, mode: "explicit", assessment}\` with the whole goal, unchanged. ${ASSESSMENT}
2. **Show** the plan that comes back: what will happen, when the user is asked, what may change, where it ends. Start nothing before the user has said yes.
   - Yes: \`orchestrate {sessionId, confirm: true}\`.
   - Another workflow: \`orchestrate {action: "correct", sessionId, workflow, reason}\`, which is remembered; show what comes back.
   - Missing parameters: ask for them, and give them as \`parameters\` with \`confirm: true\`.
${work(3)}

Whenever the user asks: \`orchestrate {action: "status", sessionId}\` tells where it stands; \`monitor_workflow {action: "pause", workflowId}\`, \`"resume"\`
and \`"cancel"\` steer it.
`,
};

const checkpoint: Command = {
  name: "checkpoint",
  title: "Checkpoint",
  description: "Mark where a Baton run and its code stand, or go back to such a mark",
  argument: "a name, or list, show, restore or fork with an id",
  prompt: false,
  text: (typed) => `# Checkpoint

What the user typed: <wish>${typed}</wish>

${TOOLS}

The run is the one you work on; else the latest, which \`monitor_workflow {}\` names. Then, by what was typed:

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
  description: "Tell where a Baton run stands, and what comes next",
  argument: "a run's id, or nothing for the latest",
  prompt: false,
  text: (typed) => `# Brief

What the user typed: <run>${typed}</run>

${TOOLS}

Call \`monitor_workflow {action: "briefing", workflowId}\`, without \`workflowId\` if none was typed. If there is no such run,
\`monitor_workflow {action: "list"}\` shows which there are.

Tell the user in at most ten lines: the goal, what is settled and how that is known (observed, verified, or only reported), what is in work, what failed,
what waits for whom. Add nothing that the briefing does not say. If steps are ready or questions are open, offer to go on with them, and do so only when
the user wants it. Do not start anything again that is settled.
`,
};

export const commands: readonly Command[] = [build, orchestrate, checkpoint, brief];
