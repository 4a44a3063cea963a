import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { BATON, baton, scratch } from "../rig/baton.ts";
import { capability, plant } from "../rig/files.ts";
import { type Era, Rpc } from "../rig/rpc.ts";
import { sharedSession } from "../rig/session.ts";

/**
 * A project with valid, repaired, refused and shadowed capabilities. The developer's own skills are not in its roots.
 */
const furnish = (directory: string) =>
  plant(directory, {
    ".agents/skills/glaze/SKILL.md": capability("glaze", "How to fire pottery"),
    ".claude/agents/lead.md": "---\nname: lead\ndescription: Use it when: lost\n---\nLead.\n",
    ".claude/agents/bad.md": "---js\n1\n---\n",
    ".claude/agents/notes.md": "# Notes\n",
    "agents/lead.md": capability("lead", "Another"),
    "other/agents/else.md": capability("else", "x".repeat(3_000), "tools: Read, Write\n"),
  });

function project() {
  const home = scratch();
  const cwd = furnish(scratch());
  return { cwd, home, env: { HOME: home } };
}

describe("baton registry", () => {
  test("registry --json prints an array of records with shadowed ones; --root limits it to these roots", async () => {
    const { cwd, env } = project();
    const { code, stdout, stderr } = await baton(cwd, ["registry", "--json"], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const records = JSON.parse(stdout);
    const own = records.filter(({ source }: { source: { scope: string } }) => source.scope === "project");
    expect(own).toMatchObject([
      {
        kind: "skill",
        name: "glaze",
        description: "How to fire pottery",
        path: join(cwd, ".agents/skills/glaze/SKILL.md"),
      },
      { kind: "agent", name: "lead", description: "Use it when: lost", parse: { mode: "repaired" } },
      { kind: "agent", name: "lead", shadowedBy: "agent:project/lead", id: "agent:project/lead~2" },
    ]);
    const alone = await baton(cwd, ["registry", "--root", "other", "--root", ".agents", "--json"], env);
    expect(JSON.parse(alone.stdout).map(({ name }: { name: string }) => name)).toEqual(["else", "glaze"]);
    expect(existsSync(join(cwd, ".baton"))).toBe(false);
  });

  test("registry prints a line for each capability and the number of refused files", async () => {
    const { cwd, env } = project();
    const { code, stdout } = await baton(cwd, ["registry", "--root", ".claude"], env);
    expect(code).toBe(0);
    expect(stdout).toBe(
      "lead  agent  explicit  Use it when: lost\n0 skills, 1 agent, 2 files refused; baton doctor explains.\n",
    );
    mkdirSync(join(cwd, "empty"));
    expect((await baton(cwd, ["registry", "--root", "empty"], env)).stdout).toBe(
      "There are no skills or agents here.\n",
    );
  });

  test("registry and doctor exit with 2 and name a --root that does not exist", async () => {
    const { cwd, env } = project();
    const { code, stdout, stderr } = await baton(cwd, ["registry", "--root", "none", "--root", "gone"], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`field "root": ${join(cwd, "none")} is not a directory`);
    expect(stderr).toContain(`field "root": ${join(cwd, "gone")} is not a directory`);
    expect((await baton(cwd, ["doctor", "--root", "none", "--json"], env)).code).toBe(2);
  });
});

describe("baton doctor", () => {
  test("doctor reports each problem with file, line and correction", async () => {
    const { cwd, env } = project();
    const { code, stdout } = await baton(cwd, ["doctor"], env);
    expect(code).toBe(0);
    expect(stdout).toContain(
      `Refused (1)\n  ${join(cwd, ".claude/agents/bad.md")}:1: the opening fence names a language`,
    );
    expect(stdout).toContain(
      `${join(cwd, ".claude/agents/lead.md")}:3: the frontmatter is not valid YAML: a text without quotes contains ": "`,
    );
    expect(stdout).toContain(
      `${join(cwd, "agents/lead.md")}: is shadowed: the name "lead" means the agent ${join(cwd, ".claude/agents/lead.md")}. Rename or remove`,
    );
    expect(stdout).toContain("without frontmatter, ignored as prose");
    const { complaints, ...counts } = JSON.parse(
      (await baton(cwd, ["doctor", "--root", ".claude", "--json"], env)).stdout,
    );
    expect(counts).toEqual({ skills: 0, agents: 1, prose: 1 });
    expect(complaints.map(({ effect, code, line }: Record<string, unknown>) => [effect, code, line])).toEqual([
      ["refused", "engine-directive", 1],
      ["repaired", "yaml-repaired", 3],
    ]);
  });

  test("doctor prints only counts for valid files", async () => {
    const { cwd, env } = project();
    const { stdout } = await baton(cwd, ["doctor", "--root", ".agents"], env);
    expect(stdout).toBe("✔ 1 skill and 0 agents.\n");
  });
});

describe.each(["2026-07-28", "2025-11-25"] as const)("find_capabilities, %s", (era: Era) => {
  const serve = sharedSession(era, (directory) => ({ BATON_ROOTS: join(furnish(directory), "other") }));

  test("a query finds capabilities with reasons, equal in text and structured content", async () => {
    const { rpc } = await serve();
    const { structuredContent: found, content } = await rpc.tool("find_capabilities", { query: "potery firing" });
    expect(found.capabilities[0]).toMatchObject({
      name: "glaze",
      kind: "skill",
      id: "skill:project/glaze",
      scope: "project",
      description: "How to fire pottery",
      reason: '"pottery" in description',
    });
    const lines = content[0]!.text.split("\n");
    expect(lines).toContainEqual('- glaze, skill, project ("pottery" in description): "How to fire pottery"');
    expect(lines.at(-1)).toBe(`Next: ${found.next}`);
    expect(found.next).toContain('find_capabilities {name: "glaze", kind: "skill"}');
    expect(rpc.noise).toEqual([]);
  });

  test("a name shows path, bodyLine, sameName and requests; long descriptions are cut", async () => {
    const { rpc, directory: cwd } = await serve();
    const { capability } = await rpc.data("find_capabilities", { name: "lead" });
    expect(capability).toMatchObject({
      path: join(cwd, ".claude/agents/lead.md"),
      bodyLine: 5,
      sameName: [{ path: join(cwd, "agents/lead.md") }],
    });
    const other = await rpc.data("find_capabilities", { name: "else" });
    expect(other.capability.description).toHaveLength(1_024);
    expect(other.capability.scope).toBe("explicit");
    expect(other.capability.requests).toEqual({ tools: ["Read", "Write"] });
    const listed = await rpc.data("find_capabilities", { kind: "agent" });
    expect(listed.capabilities.find(({ name }: { name: string }) => name === "else").description).toHaveLength(200);
  });

  test("a query without results says so; an unknown name is not_found and suggests the nearest one", async () => {
    const { rpc } = await serve();
    const none = await rpc.tool("find_capabilities", { query: "juggling" });
    expect(none.isError).toBeUndefined();
    expect(none.content[0]!.text).toMatch(/^No capability\.\nNext: Nothing fits "juggling"\. Try other or fewer words/);
    const needs = await rpc.data("find_capabilities", { needs: ["glaze", "juggling"] });
    expect(needs.capabilities).toMatchObject([{ name: "glaze", lacks: ["juggling"] }]);
    const unknown = await rpc.tool("find_capabilities", { name: "leed" });
    expect(unknown.isError).toBe(true);
    expect(unknown.structuredContent.error.reason).toBe("not_found");
    expect(unknown.structuredContent.next).toContain('Did you mean "lead"?');
    const wrong = await rpc.tool("find_capabilities", { nme: "lead", cwd: "nowhere", kind: "tool" });
    expect(wrong.content[0]!.text).toContain('field "nme": unknown argument. Did you mean "name"?');
    expect(wrong.content[0]!.text).toContain('field "kind"');
    expect((await rpc.tool("find_capabilities", { cwd: "nowhere" })).content[0]!.text).toContain("is not a directory");
  });

  test("cwd selects another project, and new files are found", async () => {
    const { rpc } = await serve();
    const elsewhere = plant(scratch(), { "skills/paint/SKILL.md": capability("paint") });
    expect((await rpc.data("find_capabilities", { query: "paint", cwd: elsewhere })).total).toBe(1);
    expect((await rpc.data("find_capabilities", { query: "paint" })).total).toBe(0);
    for (const end = Date.now() + 60_000; ; ) {
      plant(elsewhere, { "agents/carve.md": capability("carve") });
      if ((await rpc.data("find_capabilities", { query: "carve", cwd: elsewhere })).total === 1) break;
      expect(Date.now()).toBeLessThan(end);
    }
  });
});

describe.each(["2026-07-28", "2025-11-25"] as const)("the text of an agent's file, %s", (era: Era) => {
  test.each<[string, string[], string]>([
    ["claude-code", [], "mcp__baton__"],
    ["claude-code", ["--plugin", "baton"], "mcp__plugin_baton_baton__"],
    ["goose", [], "baton__"],
    ["unknown", [], ""],
  ])("comes whole, with the names that %s %j gives to Baton's tools", async (client, args, prefix) => {
    const rpc = await Rpc.start(scratch(), era, { client, args });
    onTestFinished(() => rpc.kill());
    const { capability, next } = await rpc.data("find_capabilities", { name: "builder" });
    expect(next).toBe('find_capabilities {name: "agent:shipped/builder", detail: "full"} gives the text of its file.');
    const { text } = await rpc.data("find_capabilities", { name: capability.id, detail: "full" });
    expect(text).toMatch(/^# Builder\n[\s\S]*unblock it\.$/);
    expect(text).toContain(`\`${prefix}handoff {action: "fail", assignment, reason}\``);
    const own = capability.requests.tools.filter((tool: string) => tool.endsWith("handoff"));
    expect(own).toEqual(
      prefix === "" ? ["mcp__baton__handoff", "mcp__plugin_baton_baton__handoff"] : [`${prefix}handoff`],
    );
    const started = await rpc.data("execute_workflow", {
      workflow: { name: "x", steps: [{ id: "a", agent: "builder", prompt: "Work" }] },
    });
    const { assignments } = await rpc.data("handoff", { action: "accept", workflowId: started.workflowId });
    expect(assignments[0].text).toContain(`\`${prefix}handoff {action: "fail", assignment, reason}\``);
  });
});

test("shipped skills and agents are found beside the program, also through a link, and rank last", async () => {
  const { cwd, home, env } = project();
  const installed = plant(scratch(), {
    "lib/agents/lead.md": capability("lead", "Shipped"),
    "lib/agents/helper.md": capability("helper", "Shipped"),
    "lib/skills/baton/SKILL.md": capability("baton", "Shipped"),
    "bin/x": "",
  });
  for (const file of ["baton.cjs", "program.cjs"])
    plant(installed, { [`lib/dist/${file}`]: readFileSync(join(dirname(BATON), file)) });
  symlinkSync("../lib/dist/baton.cjs", join(installed, "bin/baton"));
  const { stdout } = await promisify(execFile)(process.execPath, [join(installed, "bin/baton"), "registry", "--json"], {
    cwd,
    env: { ...process.env, ...env, HOME: home },
  });
  const shipped = JSON.parse(stdout).filter(({ source }: { source: { scope: string } }) => source.scope === "shipped");
  expect(shipped.map(({ id, shadowedBy }: Record<string, string>) => [id, shadowedBy])).toEqual([
    ["skill:shipped/baton", undefined],
    ["agent:shipped/helper", undefined],
    ["agent:shipped/lead", "agent:project/lead"],
  ]);
});
