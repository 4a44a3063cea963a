import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { session, sharedSession } from "../../rig/session.ts";

const GREET = `# Says hello.
name: Greet
description: Greets a person
parameters:
  who: { type: string, description: Whom to greet }
  times: { type: integer, default: 1, description: How often }
  tone: { default: calm, enum: [calm, loud] }
steps:
  - { id: hello, command: "echo {{times}} {{who}} {{tone}}", outputKey: said }
`;

const furnish = (directory: string) => plant(directory, { "flows/greet.yaml": GREET, ".git/x": "", "home/x": "" });
const home = () => furnish(scratch());
/** For tests that save no template, or only one that no other test uses. */
const serve = sharedSession("2026-07-28", (directory) => {
  furnish(directory);
  return {};
});

describe("parameters of an execution", () => {
  test("execute_workflow reports all wrong parameters in one answer and starts no run", async () => {
    const { execute, monitor } = await serve();
    const { total } = await monitor({ action: "list" });
    const refused = await execute({
      file: "flows/greet.yaml",
      parameters: { whom: "you", times: "often", tone: "shrill" },
      extra: 1,
    });
    expect(refused.isError).toBe(true);
    expect(refused.error.mistakes).toEqual([
      'field "extra": unknown argument. Known: workflow, file, template, cwd, parameters, context, mode, maxParallel, dryRun, detach, waitSeconds, idempotencyKey, runner, detail.',
    ]);
    const wrong = await execute({
      file: "flows/greet.yaml",
      parameters: { whom: "you", times: "often", tone: "shrill" },
    });
    expect(wrong.error.mistakes).toEqual([
      'field "parameters.who": is missing. Whom to greet. It may be text.',
      'field "parameters.times": must be a whole number, not "often". How often. It may be a whole number.',
      'field "parameters.tone": must be one of "calm", "loud", not "shrill". It may be one of "calm", "loud".',
      'field "parameters.whom": the workflow has no such parameter. Did you mean "who"? Its parameters: who, times, tone.',
    ]);
    expect(wrong.text).toContain("4 mistakes in the input");
    expect((await monitor({ action: "list" })).total).toBe(total);
  });

  test("--param text is converted to the declared parameter type", async () => {
    const cwd = home();
    const done = await baton(cwd, ["run", "flows/greet.yaml", "--param", "who=a b", "--param", "times=3", "--json"]);
    expect(JSON.parse(done.stdout)).toMatchObject({ status: "completed", results: { said: "3 a b calm" } });
    const wrong = await baton(cwd, ["run", "flows/greet.yaml", "--param", "times=x"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('field "parameters.who": is missing. Whom to greet.');
    expect(wrong.stderr).toContain('field "parameters.times": must be a whole number, not "x"');
  });

  test("the same idempotencyKey with equal parameters returns the same run; other parameters are a key_conflict", async () => {
    const { execute } = await serve();
    const file = "flows/greet.yaml";
    const first = await execute({ file, parameters: { who: "a" }, idempotencyKey: "k" });
    const again = await execute({ file, parameters: { who: "a", times: "1" }, idempotencyKey: "k" });
    expect(again).toMatchObject({ workflowId: first.workflowId, existing: true });
    const other = await execute({ file, parameters: { who: "b" }, idempotencyKey: "k" });
    expect(other.error.reason).toBe("key_conflict");
  });
});

describe("manage_templates", () => {
  test("save shows the difference, then saves a version; execute_workflow runs any version by name", async () => {
    const { directory, execute, templates } = await session("2025-11-25", home());
    const proposed = await templates({ action: "save", file: "flows/greet.yaml" });
    expect(proposed).toMatchObject({ saved: "Greet@1.0.0", done: false });
    expect(proposed.text).toContain("It would be saved as Greet@1.0.0.\nThere is no earlier version.");
    expect((await templates({ action: "versions", name: "Greet" })).error.reason).toBe("unknown_template");

    const saved = await templates({ action: "save", file: "flows/greet.yaml", name: "greet", confirm: true });
    expect(saved).toMatchObject({ saved: "greet@1.0.0", done: true });
    const again = await templates({ action: "save", file: "flows/greet.yaml", name: "greet", confirm: true });
    expect(again).toMatchObject({ saved: "greet@1.0.0", existing: true });

    writeFileSync(join(directory, "flows/greet.yaml"), GREET.replace("echo {{times}}", "echo 2nd {{times}}"));
    const next = await templates({ action: "save", file: "flows/greet.yaml", name: "greet" });
    expect(next).toMatchObject({ saved: "greet@1.0.1", done: false, before: "greet@1.0.0 (saved)" });
    expect(next.difference).toContain(
      '-   - { id: hello, command: "echo {{times}} {{who}} {{tone}}", outputKey: said }\n+   - { id: hello',
    );
    const taken = await templates({
      action: "save",
      file: "flows/greet.yaml",
      name: "greet",
      version: "1.0.0",
      confirm: true,
    });
    expect(taken).toMatchObject({ isError: true, error: { reason: "version_taken" }, next: 'Give version: "1.0.1".' });
    const minor = await templates({
      action: "save",
      file: "flows/greet.yaml",
      name: "greet",
      version: "minor",
      confirm: true,
    });
    expect(minor.saved).toBe("greet@1.1.0");

    const run = async (template: string) =>
      (await execute({ template, parameters: { who: "x" }, waitSeconds: 40 })).results.said;
    expect(await run("greet")).toBe("2nd 1 x calm");
    expect(await run("greet@1")).toBe("2nd 1 x calm");
    expect(await run("greet@1.0")).toBe("1 x calm");
    expect(await run("GREET@1.0.0")).toBe("1 x calm");
    const missing = await execute({ template: "greet@2", parameters: { who: "x" } });
    expect(missing).toMatchObject({ error: { reason: "unknown_template" }, next: "Its versions: 1.1.0, 1.0.0." });
    const typo = await execute({ template: "gret" });
    expect(typo.next).toContain('Did you mean "greet"?');

    expect((await templates({ action: "delete", name: "greet" })).error.mistakes[0]).toContain("1.0.0, 1.1.0");
    expect((await templates({ action: "delete", name: "greet@1.1.0" })).deleted).toBe("greet@1.1.0");
    expect(await run("greet")).toBe("1 x calm");
    const shipped = await templates({ action: "delete", name: "code-review", version: "1.0.0" });
    expect(shipped).toMatchObject({ isError: true, error: { reason: "not_saved" } });
  });

  test("save refuses an invalid workflow with all mistakes", async () => {
    const { templates, directory } = await session("2026-07-28", home());
    const workflow = {
      version: "1",
      steps: [{ id: "a", command: "echo {{parameters.x}}" }, { id: "a" }],
      parameters: {},
    };
    const refused = await templates({ action: "save", workflow, name: "bad", confirm: true });
    expect(refused.error.mistakes).toHaveLength(4);
    expect(readdirSync(directory)).not.toContain(".baton");
    const call = await templates({ action: "save", workflow: { template: "code-review" }, name: "bad" });
    expect(call.error.mistakes[0]).toContain("this calls the template code-review@1.0.0");
    const { error } = await templates({ action: "save", name: "a b", version: "new", confirm: "yes" });
    expect(error.mistakes).toHaveLength(3);
  });

  test("save stores an inline workflow as YAML, whose difference is readable", async () => {
    const { templates } = await serve();
    const workflow = (command: string) => ({ name: "Two Words", version: "2.0.0", steps: [{ id: "a", command }] });
    await templates({ action: "save", workflow: workflow("true"), confirm: true });
    const shown = await templates({ action: "show", name: "two-words", detail: "full" });
    expect(shown).toMatchObject({ template: { version: "2.0.0", source: "saved", valid: true } });
    expect(shown.text).toContain("Two Words");
    const next = await templates({ action: "save", workflow: { ...workflow("false"), version: "2.1.0" } });
    expect(next.difference.split("\n")).toEqual(
      expect.arrayContaining([
        "- version: 2.0.0",
        "+ version: 2.1.0",
        '-     command: "true"',
        '+     command: "false"',
      ]),
    );
  });

  test("list, show, versions and preview: a project's template shadows a shipped one", async () => {
    const directory = plant(home(), {
      "workflows/code-review.yaml": "description: Ours\nsteps: [{ id: a, command: 'true' }]\n",
      "workflows/broken.yaml": "steps: [",
      "home/.config/baton/workflows/mine.yaml": GREET,
    });
    const { templates } = await session("2026-07-28", directory);
    const list = await templates({});
    expect(list.templates).toContainEqual({
      ...{ name: "code-review", version: "1.0.0", source: "project", description: "Ours", shadows: ["shipped"] },
    });
    expect(list.templates.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["ci-cd-pipeline", "etl-pipeline", "mine", "new_product_launch", "plan-then-build"]),
    );
    expect(list.refused).toEqual([expect.stringContaining("broken.yaml cannot be read")]);
    expect(list.text).toContain('- code-review@1.0.0, project (shadows the one of shipped): "Ours"');
    expect((await templates({ limit: 1 })).truncated).toContain("the first 1 of");
    const { versions } = await templates({ action: "versions", name: "code-review" });
    expect(versions).toMatchObject([{ source: "project" }, { source: "shipped", shadowedBy: "project" }]);
    const shown = await templates({ action: "show", name: "ci-cd-pipeline" });
    expect(shown.text).toContain('- repository: string, required, matches "^[^-]" — "What git clones');
    const wrong = await templates({
      action: "preview",
      name: "ci-cd-pipeline",
      parameters: { environments: ["moon"] },
    });
    expect(wrong.error.mistakes).toEqual([
      expect.stringContaining('"parameters.repository": is missing'),
      expect.stringContaining('must contain only "staging", "production", not "moon"'),
    ]);
    const plan = await templates({ action: "preview", name: "ci-cd-pipeline", parameters: { repository: "my-app" } });
    expect(plan).toMatchObject({ dryRun: true, template: "ci-cd-pipeline@1.0.0", given: { branch: "main" } });
    expect((await templates({ action: "show", name: "broken" })).next).toContain("broken.yaml cannot be read");
  });

  test("list names a damaged template; the other versions run, and delete and save repair it", async () => {
    const { templates, directory, execute } = await session("2026-07-28", home());
    for (const version of ["1.0.0", "1.1.0"])
      await templates({ action: "save", file: "flows/greet.yaml", name: "greet", version, confirm: true });
    writeFileSync(join(directory, ".baton/templates/greet@1.1.0/template.json"), "{");
    const list = await templates({});
    expect(list.refused).toEqual([expect.stringMatching(/greet@1\.1\.0.*cannot be read/)]);
    const run = await execute({ template: "greet", parameters: { who: "x" }, waitSeconds: 40 });
    expect(run).toMatchObject({ template: "greet@1.0.0", status: "completed" });
    const version = "1.1.0";
    const taken = await templates({ action: "save", file: "flows/greet.yaml", name: "greet", version, confirm: true });
    expect(taken.next).toContain('manage_templates {action: "delete", name: "greet", version: "1.1.0"}');
    expect((await templates({ action: "delete", name: "greet", version })).deleted).toBe("greet@1.1.0");
    const saved = await templates({ action: "save", file: "flows/greet.yaml", name: "greet", version, confirm: true });
    expect(saved.done).toBe(true);
  });

  test("two servers that save versions at the same time lose none", async () => {
    const directory = home();
    const [one, two] = await Promise.all([session("2026-07-28", directory), session("2025-11-25", directory)]);
    const save = (from: typeof one, i: number, who: string) =>
      from.templates({
        ...{ action: "save", name: "etl", confirm: true },
        workflow: { steps: [{ id: "a", command: `echo ${who} ${i}` }] },
      });
    const saved = await Promise.all(
      Array.from({ length: 12 }, (_, i) => [save(one, i, "one"), save(two, i, "two")]).flat(),
    );
    expect(new Set(saved.map((each) => each.saved)).size).toBe(24);
    expect((await one.templates({ action: "versions", name: "etl" })).versions).toHaveLength(24);
  });
});

describe("a template", () => {
  test("execute_workflow takes exactly one of workflow, file and template; a file or object may call a template", async () => {
    const cwd = plant(home(), {
      "workflows/greet.yaml": GREET,
      "call.json": JSON.stringify({ template: "greet", parameters: { who: "file", times: 2 } }),
      "wrong.json": JSON.stringify({ template: "greet", parameter: {} }),
    });
    const { execute } = await serve();
    const said = async (args: object) => (await execute({ ...args, cwd, waitSeconds: 40 })).results?.said;
    expect(await said({ workflow_template: "greet", parameters: { who: "seed" }, execution_mode: "sequential" })).toBe(
      "1 seed calm",
    );
    expect(await said({ file: "call.json" })).toBe("2 file calm");
    expect(await said({ file: "call.json", parameters: { who: "call" } })).toBe("2 call calm");
    expect(await said({ workflow: { template: "greet", parameters: { who: "object" } } })).toBe("1 object calm");
    const wrong = await execute({ file: "wrong.json", cwd });
    expect(wrong.error.mistakes).toEqual([
      expect.stringContaining('wrong.json: field "parameter": unknown argument. Did you mean "parameters"?'),
    ]);
    const both = await execute({ file: "call.json", template: "greet", cwd });
    expect(both.error.mistakes).toEqual([
      'field "template": file and template cannot be given together. Give only one of them.',
    ]);
    expect((await execute({ template: "../greet", cwd })).error.mistakes[0]).toContain("is not a template reference");
  });

  test("a run and its fork record the template's name and version", async () => {
    const directory = plant(home(), { "workflows/greet.yaml": GREET });
    const first = await session("2026-07-28", directory);
    const call = { workflow_template: "greet@1", parameters: { who: "seed" }, idempotencyKey: "once", waitSeconds: 40 };
    const { workflowId, template } = await first.execute(call);
    const saved = await first.templates({
      action: "save",
      file: "workflows/greet.yaml",
      name: "greet",
      version: "1.4.0",
      confirm: true,
    });
    expect(saved).toMatchObject({ saved: "greet@1.4.0" });
    expect(await first.execute(call)).toMatchObject({ workflowId, template, existing: true });
    await first.rpc.kill();

    // Another process reads the template from the journal.
    const { monitor, checkpoint, execute } = await session("2026-07-28", directory);
    const seen = await monitor({ workflowId });
    expect(seen).toMatchObject({ template: "greet@1.0.0", status: "completed" });
    expect(seen.text).toContain("Made from the template greet@1.0.0.");
    expect((await monitor({ action: "briefing" })).briefing).toContain("\nTemplate: greet@1.0.0\n");
    expect(await checkpoint({ action: "fork", workflowId })).toMatchObject({ template: "greet@1.0.0" });
    const plain = await execute({ workflow: { name: "plain", steps: [{ id: "a", command: "true" }] } });
    expect(plain.template).toBeUndefined();
    const { runs, text } = await monitor({ action: "list" });
    expect(runs.map((run: { template?: string }) => run.template).sort()).toEqual([
      "greet@1.0.0",
      "greet@1.0.0",
      undefined,
    ]);
    expect(text).toContain(" (greet@1.0.0): completed");
    const shown = await baton(directory, ["status", workflowId]);
    expect(shown.stdout).toContain("made from the template greet@1.0.0");
  });

  test("a template of another project is found by cwd, and its commands run there", async () => {
    const other = plant(scratch(), {
      "workflows/where.yaml": "steps: [{ id: a, command: pwd, outputKey: at }]",
      ".git/x": "",
    });
    const { execute } = await serve();
    expect((await execute({ template: "where" })).isError).toBe(true);
    const run = await execute({ template: "where", cwd: other, waitSeconds: 40 });
    expect(run.results.at).toContain(other.split("/").at(-1));
  });
});

describe("baton templates", () => {
  test("list, show, preview, save, versions, delete; run NAME@version", async () => {
    const cwd = home();
    const env = { HOME: join(cwd, "home") };
    const cli = (...args: string[]) => baton(cwd, args, env);
    expect((await cli("templates")).stdout).toMatch(/^plan-then-build@1\.0\.0 +shipped +"A planner asks/m);
    const saving = await cli("templates", "save", "flows/greet.yaml");
    expect(saving.stdout).toBe("It would be saved as Greet@1.0.0; --confirm saves it.\n");
    expect((await cli("templates", "save", "flows/greet.yaml", "--confirm")).stdout).toBe("✔ Greet@1.0.0 is saved.\n");
    writeFileSync(
      join(cwd, "flows/greet.yaml"),
      GREET.replace("Says hello", "Says it twice").replace("calm,", "loud,"),
    );
    const second = await cli("templates", "save", "flows/greet.yaml", "--as", "major", "--confirm");
    expect(second.stdout).toContain("Difference to Greet@1.0.0 (saved):\n| - # Says hello.\n| + # Says it twice.\n");
    expect((await cli("templates", "versions", "greet")).stdout).toMatch(/^2\.0\.0 +saved +.*\n1\.0\.0 +saved/);
    expect((await cli("templates", "show", "greet@1")).stdout).toMatch(
      /Greet@1\.0\.0 {2}saved.*--param who=… {2}string, required.*# Says hello\./s,
    );
    const preview = await cli("templates", "preview", "greet", "--param", "times=x");
    expect(preview.code).toBe(2);
    expect(preview.stderr).toContain('"parameters.who": is missing');
    expect((await cli("templates", "preview", "greet", "--param", "who=x")).stdout).toContain("is valid: 1 step");
    const old = await cli("run", "greet@1.0.0", "--param", "who=you", "--json");
    expect(JSON.parse(old.stdout)).toMatchObject({ template: "Greet@1.0.0", results: { said: "1 you calm" } });
    const young = await cli("run", "greet", "--param", "who=you", "--json");
    expect(JSON.parse(young.stdout)).toMatchObject({ results: { said: "1 you loud" } });
    expect((await cli("validate", "greet")).code).toBe(0);
    expect((await cli("graph", "greet")).stdout).toContain("hello");
    expect((await cli("templates", "delete", "greet@2.0.0")).stdout).toBe("greet@2.0.0 is deleted.\n");
    const unknown = await cli("run", "gret");
    expect(unknown.code).toBe(3);
    expect(unknown.stderr).toContain('there is no template "gret"');
    expect(unknown.stderr).toContain('Did you mean "Greet"?');
    expect(JSON.parse((await cli("templates", "list", "--json")).stdout).templates.length).toBeGreaterThan(9);
    expect((await cli("run", "missing.yaml")).stderr).toContain("does not exist");
  });
});
