import { describe, expect, test } from "vitest";
import { official } from "../../rig/official-clients.ts";
import { Repository } from "../../rig/repository.ts";

/**
 * From a goal to a verified result in a real git repository. The agents know only the text answers of the tools: they
 * read all ids and tokens from these.
 */

const found = (pattern: RegExp, text: string): string => {
  const match = pattern.exec(text);
  expect(match, `${pattern} in:\n${text}`).not.toBeNull();
  return match![1] ?? match![0];
};
const tokenIn = (text: string) => found(/as_[0-9a-z]{22}/, text);
const sessionIn = (text: string) => found(/os_[0-9a-z]{10}/, text);

/** A small program whose test fails because a price is not rounded. */
const project = () =>
  Repository.make({
    "package.json": JSON.stringify({ name: "shop", scripts: { test: "node check.mjs" } }),
    "price.mjs": "export const price = (net) => net * 1.19;\n",
    "check.mjs":
      'import { price } from "./price.mjs";\nif (price(10.01) !== 11.91) throw new Error(`price is ${price(10.01)}`);\n',
  });
const MENDED = "export const price = (net) => Math.round(net * 119) / 100;\n";

describe.each([
  ["2025", "2026"],
  ["2026", "2025"],
] as const)("with clients of %s and %s", (first, second) => {
  test("a bug fix is routed to build_only, fails npm test, is corrected, verified and summarised by finish", async () => {
    const shop = project();
    const host = await official(first, shop.top);
    const started = await host.text("orchestrate", { goal: "Fix the bug that prices are not rounded to cents" });
    expect(started).toContain("Workflow: build_only");
    expect(started).toContain("Checks that Baton runs: npm test");
    const work = started;
    expect(work).toContain("prices are not rounded");
    expect(work).toContain("Baton then checks: npm test");
    const output = { summary: "rounded", filesChanged: ["price.mjs"], learnings: ["Prices are rounded in price.mjs."] };
    const lied = await host.text("handoff", {
      ...{ action: "complete", assignment: tokenIn(work), output, waitSeconds: 40 },
    });
    expect(lied).toContain("what did not change since the step was accepted: price.mjs");
    const refused = await host.text("handoff", {
      ...{ action: "complete", assignment: tokenIn(lied), output, waitSeconds: 40 },
    });
    expect(refused).toContain("verification_failed");
    expect(refused).toContain("price is 11.9");
    shop.write("price.mjs", MENDED);
    const done = await host.text("handoff", {
      ...{ action: "complete", assignment: tokenIn(refused), output, waitSeconds: 40 },
    });
    expect(done).toContain("completed (verified)");
    const summary = await host.text("orchestrate", { action: "finish", sessionId: sessionIn(started) });
    expect(summary).toContain("COMPLETED");
    expect(summary).toMatch(/\(builder-typescript\): verified, at try 2/);

    // A similar goal shows the recorded learning.
    const next = await host.text("orchestrate", {
      goal: "Fix the bug that prices are rounded down to cents",
      mode: "explicit",
    });
    expect(next).toContain('Learned before:\n- "Prices are rounded in price.mjs."');
    host.kill();
  });

  test("a feature with questions, an expanded plan and a failed check survives kills; other clients finish it", async () => {
    const shop = project();
    shop.write("price.mjs", MENDED);
    shop.commit("rounded");
    const host = await official(first, shop.top);
    const shown = await host.text("orchestrate", {
      goal: "Add discounts to the shop: a coupon gives some percent off, and can be combined with nothing else",
      mode: "explicit",
      assessment: { workflow: "plan_then_build", reason: "it touches prices and coupons", confidence: 0.8 },
    });
    expect(shown).toContain("PLANNING");
    expect(shown).toContain("What will happen (plan_then_build, complexity medium):");
    expect(shown).toContain("1. plan: planner looks at the project and makes a plan");
    expect(shown).toContain("It ends when Baton has seen these succeed: npm test");
    expect(shown).toContain("confirm: true");
    const session = sessionIn(shown);
    const started = await host.text("orchestrate", { sessionId: session, confirm: true });
    expect(started).toContain("plan for planner");

    const planning = await host.text("handoff", { action: "accept" });
    const asked = await host.text("handoff", {
      ...{ action: "ask", assignment: tokenIn(planning) },
      questions: [
        "How much is off?",
        { id: "where", question: "Where are coupons kept?", options: ["file", "database"] },
      ],
    });
    expect(asked).toContain("How much is off?");
    host.kill();

    // A host of the other protocol version needs only the briefing to go on.
    const other = await official(second, shop.top);
    const briefing = await other.text("monitor_workflow", { action: "briefing" });
    expect(briefing).toContain("Where are coupons kept?");
    const run = found(/wf_[0-9a-z]{10}/, briefing);
    const again = await other.text("handoff", {
      ...{ action: "answer", workflowId: run, stepId: "plan", answers: { q1: "10 percent", where: "file" } },
    });
    expect(again).toContain("10 percent");
    const plan = {
      ...{
        goal: "discounts",
        summary: "a file of coupons, and a function",
        scope: { in: ["coupons"], out: ["gifts"] },
      },
      steps: [
        ...[{ id: "coupons", title: "Coupons", work: "Make coupons.json", verify: ["test -s coupons.json"] }],
        {
          id: "off",
          title: "Discount",
          work: "Export discount",
          verify: ["grep -q discount price.mjs"],
          dependsOn: ["coupon"],
        },
      ],
    };
    const wrong = await other.refusal("handoff", { action: "complete", assignment: tokenIn(again), output: plan });
    expect(wrong).toContain('"off" depends on "coupon", which is not an id of the list');
    plan.steps[1]!.dependsOn = ["coupons"];
    const planned = await other.text("handoff", { action: "complete", assignment: tokenIn(again), output: plan });
    expect(planned).toContain("completed");

    const output = { summary: "done", filesChanged: [] };
    const grown = await other.text("monitor_workflow", { workflowId: run, waitSeconds: 20 });
    expect(grown).toContain("build.coupons for builder");
    const one = await other.text("handoff", { action: "accept" });
    expect(one).toContain("Make coupons.json");
    shop.write("coupons.json", '{"TEN": 10}\n');
    await other.text("handoff", { action: "complete", assignment: tokenIn(one), output, waitSeconds: 40 });
    await other.text("monitor_workflow", { workflowId: run, waitSeconds: 20 });
    const two = await other.text("handoff", { action: "accept" });
    const refused = await other.text("handoff", {
      ...{ action: "complete", assignment: tokenIn(two), output, waitSeconds: 40 },
    });
    expect(refused).toContain("verification_failed");
    other.kill();

    const third = await official(first, shop.top);
    const brief = await third.text("monitor_workflow", { action: "briefing" });
    expect(brief).toContain("build.off");
    shop.write("price.mjs", `${MENDED}export const discount = (price) => price * 0.9;\n`);
    const built = await third.text("handoff", {
      ...{ action: "complete", assignment: tokenIn(brief), output, waitSeconds: 40 },
    });
    expect(built).toContain("completed (verified)");
    // The gates are commands, and all of them succeed: nobody has to look at them.
    const status = await third.text("orchestrate", { sessionId: session, detail: "full", waitSeconds: 20 });
    expect(status).toContain("EXECUTING → COMPLETED");
    const { orchestration_state: state } = await third.data("orchestrate", { sessionId: session, detail: "full" });
    expect(state.routing.agent_sequence).toEqual([
      { agent: "planner", status: "completed" },
      { agent: "builder-typescript", status: "completed" },
    ]);
    expect(state.failures).toMatchObject([{ step: "build.off", attempt: 1 }]);
    expect(await third.text("orchestrate", { action: "finish", sessionId: session })).toContain(
      '"Discount" (builder-typescript): verified, at try 2',
    );
    third.kill();
  });
});
