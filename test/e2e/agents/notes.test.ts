import { expect, test } from "vitest";
import { baton } from "../../rig/baton.ts";
import { session, sharedSession } from "../../rig/session.ts";

const serve = sharedSession();

const relay = {
  name: "relay",
  steps: [
    { id: "plan", agent: "planner", prompt: "Plan it." },
    { id: "build", agent: "builder", prompt: "Build {{steps.plan.output}}." },
    { id: "sub", workflow: { name: "inner", steps: [{ id: "review", agent: "reviewer", prompt: "Review it." }] } },
    { id: "end", agent: "writer", prompt: "Tell it." },
  ],
  dependencies: [
    { from: "build", to: "sub" },
    { from: "sub", to: "end" },
  ],
};

test.each(["2025-11-25", "2026-07-28"] as const)(
  "notes reach whom they are for, into runs inside (%s)",
  async (era) => {
    const { execute, handoff, read } = await session(era);
    const { workflowId } = await execute({ workflow: relay });
    const accept = async (stepId: string) =>
      (await handoff({ workflowId, stepId, worker: `w-${stepId}` })).assignments[0];
    const plan = await accept("plan");
    const stray = await handoff({ action: "note", assignment: plan.assignment, notes: { text: "x", for: ["bild"] } });
    expect(stray.error.mistakes).toEqual([
      'field "notes.0.for": a note is for "bild", which is neither a step nor a role here. Did you mean "build"? Steps: plan, build, sub, end. Roles: planner, builder, writer.',
    ]);
    await handoff({ action: "note", assignment: plan.assignment, notes: ["found on the way"] });
    await handoff({
      ...{ action: "complete", assignment: plan.assignment, output: "plan one" },
      notes: [
        { text: "port 8081 is taken", kind: "trap", for: ["builder"] },
        { text: "no new libraries", kind: "decision", for: "all" },
      ],
    });
    const build = await accept("build");
    for (const words of ["found on the way", "trap, planner (w-plan), step plan for builder:", "no new libraries"])
      expect(build.text).toContain(words);
    await handoff({ action: "complete", assignment: build.assignment, output: "built", notes: "see src/b.ts" });

    const review = await accept("review");
    expect(review.workflowId).not.toBe(workflowId);
    const told = JSON.parse(await read(review.assignment, "notes")).map(({ text }: { text: string }) => text);
    expect(told).toEqual(["no new libraries", "see src/b.ts"]);
    expect(review.text).toContain("see src/b.ts");
    await handoff({ action: "complete", assignment: review.assignment, output: "fine", notes: "reviewed twice" });
    const end = await accept("end");
    expect(end.text).toContain("reviewed twice");
    expect(end.text).not.toContain("8081");
  },
);

test("a plan's notes may name the steps that it is about to be expanded into, and roles of the registry", async () => {
  const { execute, handoff } = await serve();
  const { workflowId } = await execute({ workflow: { name: "one", steps: [{ id: "plan", agent: "planner" }] } });
  const [plan] = (await handoff({ workflowId })).assignments;
  const notes = { text: "careful", for: ["parser", "code-reviewer"] };
  const refused = await handoff({ action: "complete", assignment: plan.assignment, output: "words", notes });
  expect(refused.error.mistakes[0]).toContain('a note is for "parser"');
  const output = { steps: [{ id: "parser" }] };
  const taken = await handoff({
    action: "complete",
    assignment: plan.assignment,
    output,
    notes: { ...notes, for: ["parser", "planner"] },
  });
  expect(taken.status).toBe("completed");
});

test("a step is taken over with its token, or once its worker is silent; it is told so wherever the step is shown", async () => {
  const { execute, handoff, monitor, directory } = await session("2026-07-28", undefined, {
    BATON_TAKE_OVER_AFTER: "1",
  });
  const { workflowId } = await execute({ workflow: { name: "one", steps: [{ id: "a", agent: "scribe" }] } });
  const [first] = (await handoff({ workflowId, worker: "ann" })).assignments;
  const shown = await monitor({ workflowId });
  const call = `handoff {action: "accept", workflowId: "${workflowId}", stepId: "a", takeOver: "<why>"}`;
  expect(shown.activeSteps[0]).toMatchObject({ heldBy: { worker: "ann" }, takeOver: call });
  expect(shown.next).toContain(`${call} takes step "a" over.`);
  expect(shown.text).toContain(`${call} takes it over`);
  const plain = await handoff({ workflowId, stepId: "a", worker: "bob" });
  expect(plain.error.message).toContain("held by ann since ");
  expect(plain.next).toBe(`${call} takes it over.`);

  const missing = await handoff({ stepId: "a", takeOver: "gone" });
  expect(missing.error.mistakes).toEqual(['field "takeOver": which step do you take over? Give workflowId and stepId']);
  const [second] = (await handoff({ workflowId, stepId: "a", worker: "bob", takeOver: "ann is gone" })).assignments;
  expect(second).toMatchObject({ worker: "bob", attempt: 2 });
  expect(second.text).toContain("taken_over\n    ann is gone");
  const late = await handoff({ action: "complete", assignment: first.assignment, output: 1 });
  expect(late.error.message).toContain('step "a" was taken over by bob at ');

  // From another process, with the token.
  const words = ["handoff", "accept", workflowId, "--step", "a", "--worker", "cid"];
  const took = await baton(directory, [...words, "--take-over", "bob too", "--assignment", second.assignment]);
  expect(JSON.parse(took.stdout).assignments[0]).toMatchObject({ worker: "cid", attempt: 3 });
});

test("a delivery is amended until it is used, and checked again", async () => {
  const { execute, handoff, monitor } = await serve();
  const { workflowId } = await execute({
    workflow: {
      name: "amending",
      steps: [
        { id: "a", agent: "scribe", verify: 'grep -q good "$BATON_DELIVERED"', retries: 2 },
        { id: "b", agent: "scribe", prompt: "read {{steps.a.output}}" },
      ],
    },
  });
  const [{ assignment }] = (await handoff({ workflowId, stepId: "a" })).assignments;
  const done = await handoff({ action: "complete", assignment, output: "good one", waitSeconds: 30 });
  expect(done).toMatchObject({ status: "completed" });
  const amended = await handoff({ action: "amend", assignment, output: "good two", waitSeconds: 30 });
  expect(amended).toMatchObject({ status: "completed", ready: [{ stepId: "b", summary: "read good two" }] });
  const bad = await handoff({ action: "amend", assignment, output: "bad", waitSeconds: 30 });
  expect(bad).toMatchObject({ status: "assigned", error: { reason: "verification_failed" } });
  expect((await monitor({ workflowId })).steps[1]).toMatchObject({ status: "pending" });
  await handoff({ action: "complete", assignment, output: "good three", waitSeconds: 30 });
  const [reader] = (await handoff({ workflowId, stepId: "b" })).assignments;
  expect(reader.text).toContain("read good three");
  expect((await handoff({ action: "amend", assignment, output: "good four" })).error.message).toContain(
    'step "b" has started with it',
  );
  expect((await handoff({ action: "amend", assignment })).error.mistakes[0]).toContain("Give output, notes or both");
});

test("an amendment while the checks run ends them, and what it says is checked", async () => {
  const { execute, handoff, monitor } = await serve();
  const hang = 'cat "$BATON_DELIVERED" >> seen.txt; echo >> seen.txt; grep -q fast "$BATON_DELIVERED" || sleep 600';
  const { workflowId } = await execute({
    workflow: {
      name: "hanging",
      steps: [
        { id: "a", agent: "scribe", verify: hang },
        { id: "z", agent: "scribe" },
      ],
    },
  });
  const [{ assignment }] = (await handoff({ workflowId, stepId: "a" })).assignments;
  expect(await handoff({ action: "complete", assignment, output: "slow" })).toMatchObject({ status: "reported" });
  const amended = await handoff({ action: "amend", assignment, output: "fast", waitSeconds: 40 });
  expect(amended).toMatchObject({ status: "completed" });
  expect((await monitor({ workflowId })).steps[0]).toMatchObject({ output: "fast" });
});

test("a held step of a run inside is refused and taken over by the run around it", async () => {
  const { execute, handoff } = await serve();
  const inner = { name: "inner", steps: [{ id: "deep", agent: "scribe" }] };
  const { workflowId } = await execute({
    workflow: { name: "outer", steps: [{ id: "sub", workflow: inner }] },
    waitSeconds: 20,
  });
  const [{ assignment }] = (await handoff({ workflowId, worker: "ann", waitSeconds: 20 })).assignments;
  expect((await handoff({ workflowId, stepId: "deep", worker: "bob" })).error.message).toContain("held by ann since ");
  expect((await handoff({ workflowId, stepId: "dep" })).error.message).toContain('has no step "dep"');
  const [taken] = (await handoff({ workflowId, stepId: "deep", worker: "bob", takeOver: "gone", assignment }))
    .assignments;
  expect(taken).toMatchObject({ stepId: "deep", worker: "bob", attempt: 2 });
});
