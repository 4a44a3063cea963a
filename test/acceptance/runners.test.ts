import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { build, plan } from "./deliverables.ts";
import { atTerminal, prepareHosts } from "./hosts.ts";
import { project } from "./project.ts";
import { type Script, say } from "./script.ts";

beforeAll(prepareHosts);

/** A headless answer: a few words, and the result as it was asked for. */
const answering = (result: object): Script => say(`Here it is.\n\n\`\`\`json\n${JSON.stringify(result)}\n\`\`\``);

test("Baton runs Claude Code and Goose as runners, and checks their answers", async () => {
  const { cwd, state, status } = project();
  writeFileSync(
    join(cwd, "flow.json"),
    JSON.stringify({
      name: "Headless",
      steps: [
        {
          ...{ id: "plan", agent: "planner", runner: "claude", prompt: "Plan the login page." },
          output: { type: "object", required: ["steps"] },
        },
        {
          ...{ id: "build", agent: "builder", runner: "goose", prompt: "Build what is planned." },
          input: { plan: "{{steps.plan.output}}" },
          output: { type: "object", required: ["filesChanged"] },
          verify: "test -f flow.json",
        },
      ],
    }),
  );
  const asked: string[] = [];
  const ran = await atTerminal({ cwd, state }, "flow.json", {
    "Plan the login page.": (beginning) => {
      asked.push(beginning);
      return answering(plan);
    },
    "Build what is planned.": (beginning) => {
      asked.push(beginning);
      return answering(build);
    },
  });
  expect(ran.code, ran.output).toBe(0);
  const [first, second] = asked;
  expect(first).toContain("planner.md");
  expect(second).toContain("A form, its check, and a test.");
  expect(await status()).toMatchObject({
    status: "completed",
    steps: [
      { id: "plan", status: "completed", evidence: "reported", worker: "runner:claude", output: plan },
      { id: "build", status: "completed", evidence: "checked", worker: "runner:goose", output: build },
    ],
  });
});
