import { join } from "node:path";
import { baton, scratch } from "../rig/baton.ts";

/** A directory to work in, with a state directory of its own; both are gone when the test is. */
export function project() {
  const cwd = scratch();
  const state = join(cwd, "state");
  return {
    cwd,
    state,
    /** What Baton itself knows of a run (by default the latest), asked for at a terminal, whatever a model was told. */
    async status(workflowId?: string): Promise<object> {
      const which = workflowId === undefined ? [] : [workflowId];
      const { stdout, stderr, code } = await baton(cwd, ["status", ...which, "--json", "--state", state]);
      if (code !== 0) throw new Error(`baton status ended with ${code}: ${stdout}${stderr}`);
      return JSON.parse(stdout);
    },
  };
}
