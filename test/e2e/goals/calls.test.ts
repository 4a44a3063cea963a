import { describe, expect, test } from "vitest";
import { official } from "../../rig/official-clients.ts";
import { Repository } from "../../rig/repository.ts";

/**
 * How many calls and how many characters of answers a job costs an agent that does only what the texts say. Numbers are
 * counted, so they are the same on every machine.
 */

const project = (files: Readonly<Record<string, string>> = {}) =>
  Repository.make({
    "package.json": JSON.stringify({ name: "shop", scripts: { test: "node check.mjs" } }),
    "price.mjs": "export const price = (net) => net * 1.19;\n",
    "check.mjs":
      'import { price } from "./price.mjs";\nif (price(10.01) !== 11.91) throw new Error(`price is ${price(10.01)}`);\n',
    ...files,
  });
const MENDED = "export const price = (net) => Math.round(net * 119) / 100;\n";

/** An agent that counts what it does. It reads tokens from the texts of answers alone. */
async function agent(era: "2025" | "2026", directory: string) {
  const host = await official(era, directory);
  const answers: string[] = [];
  const call = async (tool: string, args: object) => {
    const text = await host.text(tool, args);
    answers.push(text);
    return text;
  };
  return {
    call,
    orchestrate: (args: object) => call("orchestrate", args),
    /** Delivers the assignment that an answer held, and takes the next. */
    complete: (answer: string, output: object) =>
      call("handoff", { action: "complete", assignment: tokenIn(answer), output, next: true, waitSeconds: 45 }),
    cost: () => ({ calls: answers.length, bytes: Buffer.byteLength(answers.join("")) }),
    answers,
  };
}

const tokenIn = (text: string): string => {
  const token = /^Assignment (as_[0-9a-z]{22}):$/m.exec(text)?.[1];
  expect(token, text).toBeDefined();
  return token!;
};

describe.each(["2025", "2026"] as const)("a client of %s", (era) => {
  test("a task that one builder does: 2 calls, 6 kB", async () => {
    const shop = project();
    const { orchestrate, complete, call, cost } = await agent(era, shop.top);
    const work = await orchestrate({
      goal: "Fix the bug that prices are not rounded to cents",
      assessment: { workflow: "build_only", reason: "one function", confidence: 0.9 },
    });
    shop.write("price.mjs", MENDED);
    const end = await complete(work, { summary: "Prices are rounded.", filesChanged: ["price.mjs"] });
    expect(end).toContain("verified");
    expect(end).toContain("price.mjs");
    expect(end).toMatch(/npm test.*exit code 0/);
    expect(cost().calls).toBe(2);
    expect(cost().bytes).toBeLessThanOrEqual(6_000);
    // The summary has come, so nobody is sent to fetch it.
    expect(await call("monitor_workflow", {})).toContain("Next: Nothing to do: the run is completed.");
  });

  test("a plan of five steps with one question: 10 calls, 16 kB", async () => {
    const shop = project();
    const { orchestrate, complete, call, cost } = await agent(era, shop.top);
    const planning = await orchestrate({
      goal: "Add discounts to the shop: a coupon gives some percent off, and can be combined with nothing else",
      assessment: { workflow: "plan_then_build", reason: "it touches prices and coupons", confidence: 0.9 },
    });
    const asked = await call("handoff", {
      ...{ action: "ask", assignment: tokenIn(planning), questions: ["How much is off?"] },
    });
    const workflowId = /wf_[0-9a-z]{10}/.exec(asked)![0];
    let answer = await call("handoff", {
      ...{ action: "answer", workflowId, stepId: "plan", answers: { q1: "10 percent" } },
    });
    const files = ["coupons.json", "off.mjs", "total.mjs", "print.mjs", "readme.md"];
    answer = await complete(answer, {
      ...{ goal: "discounts", summary: "Coupons in a file, a function that applies one, and its places." },
      scope: { in: ["coupons", "totals"], out: ["gifts"] },
      steps: files.map((file, at) => ({
        id: `step-${at + 1}`,
        title: `Make ${file}`,
        work: `Write ${file}: coupons give 10 percent off and are not combined. Keep the interface of price.mjs as it is.`,
        files: [file],
        verify: [`test -s ${file}`],
      })),
    });
    for (const file of files) {
      if (file === files.at(-1)) shop.write("price.mjs", MENDED);
      shop.write(file, "made\n");
      answer = await complete(answer, { summary: `${file} is there.`, filesChanged: [file] });
    }
    expect(answer).toMatch(/COMPLETED|completed/);
    for (const file of files) expect(answer).toContain(file);
    expect(cost().calls).toBeLessThanOrEqual(10);
    expect(cost().bytes).toBeLessThanOrEqual(16_000);
  });

  test("three small chores in one assignment: 2 calls", async () => {
    const shop = project();
    const { orchestrate, complete, cost } = await agent(era, shop.top);
    const tasks = ["Round prices to cents", "Add a licence file", "Say in readme.md how to run the tests"];
    const work = await orchestrate({ goal: "Three chores", workflow: "multi_task", tasks, together: true });
    shop.write("price.mjs", MENDED);
    shop.write("LICENSE", "MIT\n");
    shop.write("readme.md", "npm test\n");
    const end = await complete(work, {
      ...{ summary: "All three.", filesChanged: ["price.mjs", "LICENSE", "readme.md"] },
      tasks: tasks.map((task) => ({ task, done: true, summary: "done" })),
    });
    for (const task of tasks) expect(end).toContain(task);
    expect(cost().calls).toBe(2);
  });
});
