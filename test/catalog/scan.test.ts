import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findFiles } from "../../src/catalog/find-files.ts";
import { type CatalogOptions, createCatalog } from "../../src/catalog/index.ts";
import { explicitRoot } from "../../src/catalog/roots.ts";
import { scratch } from "../rig/baton.ts";
import { capability, plant } from "../rig/files.ts";

/** An empty project without a home directory and shipped files, unless a test gives others. */
const catalogOf = (options: Partial<CatalogOptions> = {}) =>
  createCatalog({ roots: [], project: options.project ?? scratch(), version: "test", now: Date.now, ...options });
const survey = (root: string) => catalogOf().survey([root]);
const names = ({ records }: { records: readonly { name: string }[] }) => records.map(({ name }) => name);

describe("an explicit root", () => {
  test("an explicit root gives every file with frontmatter in any folder", () => {
    const root = plant(scratch(), {
      "skills/plan/SKILL.md": capability("plan"),
      ".claude/agents/deep/er/lead.md": capability("lead"),
      ".github/agents/ship.agent.md": "---\ndescription: Ships\n---\n",
      "ask.chatmode.md": "---\ndescription: Asks\n---\n",
      "anything/else.md": capability("else"),
      "README.md": "# Prose\n",
      "notes.txt": capability("not-markdown"),
      ".git/agents/x.md": capability("in-git"),
      "node_modules/p/agents/x.md": capability("in-modules"),
    });
    const { records, refusals } = survey(root);
    expect(records.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      ["agent ask", "agent else", "agent lead", "agent ship", "skill plan"].sort(),
    );
    expect(refusals).toMatchObject([{ code: "no-frontmatter", path: join(root, "README.md") }]);
    expect(records.find(({ name }) => name === "plan")).toMatchObject({
      id: "skill:explicit/plan",
      path: join(root, "skills/plan/SKILL.md"),
      source: { root, scope: "explicit", relativePath: "skills/plan/SKILL.md", bodyLine: 5 },
      parse: { mode: "strict" },
    });
  });

  test("reports an explicit root that is missing or a file", () => {
    const root = plant(scratch(), { "file.md": "" });
    expect(survey(join(root, "none")).refusals).toMatchObject([{ code: "root-missing" }]);
    expect(survey(join(root, "file.md")).refusals).toMatchObject([{ code: "root-not-a-folder" }]);
    expect(survey(`${root}/\u0000`).records).toEqual([]);
  });
});

describe("a name that several files have", () => {
  test("in one root, priority and then path decide between equal names", () => {
    const root = plant(scratch(), {
      "a.md": capability("same"),
      "b.md": capability("Same", "b", "priority: high\n"),
      "c.md": capability("same", "c", "priority: 2\n"),
      "skills/same/SKILL.md": capability("same"),
    });
    const { records } = survey(root);
    expect(records.map(({ id, source, shadowedBy }) => [id, source.relativePath, shadowedBy])).toEqual([
      ["agent:explicit/same", "b.md", undefined],
      ["agent:explicit/same~2", "c.md", "agent:explicit/same"],
      ["agent:explicit/same~3", "a.md", "agent:explicit/same"],
      ["skill:explicit/same", "skills/same/SKILL.md", undefined],
    ]);
  });

  test("among several roots, the root nearest to the caller wins", () => {
    const [first, second, project, home, shipped] = [scratch(), scratch(), scratch(), scratch(), scratch()];
    const places = [
      first,
      second,
      join(project, ".agents/agents"),
      join(project, ".claude/agents"),
      join(project, ".goose/agents"),
      join(project, "agents"),
      join(home, ".agents/agents"),
      join(home, ".claude/agents"),
      join(home, ".goose/agents"),
      join(project, "plugins/kit/agents"),
      join(home, ".claude/plugins/marketplaces/shop/plugins/tool/agents"),
      join(shipped, "agents"),
    ];
    // The weakest place knows all names, the strongest only the first.
    places.forEach((place, weakness) => {
      for (const name of places.keys())
        if (name <= weakness) plant(place, { [`n${name}.md`]: capability(`n${name}`, place) });
    });
    const catalog = catalogOf({ roots: [first, second], project, home, shipped });
    expect(places.map((_, name) => catalog.find("agent", `n${name}`)?.description)).toEqual(places);
    const { records } = catalog.scan();
    const ids = new Set(records.map(({ id }) => id));
    expect(ids.size).toBe(records.length);
    for (const { slug, shadowedBy, description } of records) {
      const winner = catalog.find("agent", slug)!;
      expect(shadowedBy).toBe(winner.description === description ? undefined : winner.id);
    }
    expect(catalog.find("agent", "kit:n0")?.path).toBe(join(project, "plugins/kit/agents/n0.md"));
    expect(catalog.find(undefined, "tool:n0")?.source).toMatchObject({ scope: "plugin", namespace: "tool" });
    expect(catalog.find("agent", "user:n0")?.source.scope).toBe("user");
    expect(catalog.find("agent", "agent:shipped/n0")?.source.scope).toBe("shipped");
  });

  test("a plugin is named by its manifest or folder, not by its version", () => {
    const home = plant(scratch(), {
      ".claude/plugins/cache/shop/kit/1.2.0/skills/cut/SKILL.md": capability("cut"),
      ".claude/plugins/repos/other/.claude-plugin/plugin.json": '{"name": "Fine Tools"}',
      ".claude/plugins/repos/other/skills/saw/SKILL.md": capability("saw"),
      ".claude/plugins/broken/.claude-plugin/plugin.json": "{",
      ".claude/plugins/broken/skills/file/SKILL.md": capability("file"),
    });
    const catalog = catalogOf({ home });
    expect(["kit:cut", "fine-tools:saw", "broken:file"].map((name) => catalog.find("skill", name)?.slug)).toEqual([
      ...["cut", "saw", "file"],
    ]);
  });

  test("a skills folder gives only SKILL.md; the project is never the home directory", () => {
    const home = plant(scratch(), {
      "repo/.git/HEAD": "",
      "repo/.claude/skills/plan/SKILL.md": capability("plan"),
      "repo/.claude/skills/plan/references/more.md": capability("more"),
      "repo/.claude/commands/do.md": capability("do"),
      "repo/deep/er/x": "",
      ".config/goose/skills/g/SKILL.md": capability("g"),
      ".config/agents/skills/c/SKILL.md": capability("c"),
    });
    const catalog = catalogOf({ home, project: join(home, "repo/deep/er") });
    expect(names(catalog.scan())).toEqual(["plan", "g", "c"]);
    expect(catalog.scan().records[0]?.source.scope).toBe("project");
    expect(names(catalog.scan(home))).toEqual(["g", "c"]);
  });

  test("one file that several links reach is one capability", () => {
    const home = plant(scratch(), { "p/.agents/skills/plan/SKILL.md": capability("plan") });
    mkdirSync(join(home, "p/.claude"));
    symlinkSync("../.agents/skills", join(home, "p/.claude/skills"));
    mkdirSync(join(home, ".claude/skills"), { recursive: true });
    symlinkSync(join(home, "p/.agents/skills/plan"), join(home, ".claude/skills/plan"));
    const { records, refusals } = catalogOf({ home, project: join(home, "p") }).scan();
    expect(records.map(({ path }) => path)).toEqual([join(home, "p/.agents/skills/plan/SKILL.md")]);
    expect(refusals).toEqual([]);
  });
});

describe("hostile directories", () => {
  test("survives circular links, and reports broken links", () => {
    const root = plant(scratch(), { "a/one.md": capability("one") });
    symlinkSync("..", join(root, "a/up"));
    symlinkSync(root, join(root, "self"));
    symlinkSync("b", join(root, "c"));
    symlinkSync("c", join(root, "b"));
    symlinkSync("nowhere", join(root, "gone.md"));
    symlinkSync("nowhere", join(root, "gone.txt"));
    const { records, refusals } = survey(root);
    expect(records.map(({ path }) => path)).toEqual([join(root, "a/one.md")]);
    expect(refusals.map(({ code, path }) => [code, path.slice(root.length + 1)])).toEqual([
      ["link-broken", "b"],
      ["link-broken", "c"],
      ["link-broken", "gone.md"],
    ]);
  });

  test("refuses links that lead out of the root", () => {
    const outside = plant(scratch(), { "secret.md": capability("secret"), "in/root/one.md": capability("one") });
    const root = join(outside, "in/root");
    symlinkSync("../../secret.md", join(root, "file.md"));
    symlinkSync("../..", join(root, "folder"));
    symlinkSync("one.md", join(root, "inside.md"));
    const { records, refusals } = survey(root);
    expect(records.map(({ path }) => path)).toEqual([join(root, "one.md")]);
    expect(refusals.map(({ code, path }) => [code, path])).toEqual([
      ["link-outside", join(root, "file.md")],
      ["link-outside", join(root, "folder")],
    ]);
  });

  test("refuses a project folder that links outside, and follows a user's link", () => {
    const [elsewhere, project, home] = [plant(scratch(), { "x.md": capability("x") }), scratch(), scratch()];
    for (const base of [project, home]) {
      mkdirSync(join(base, ".claude"));
      symlinkSync(elsewhere, join(base, ".claude/agents"));
    }
    const fromProject = catalogOf({ project }).scan();
    expect(fromProject.records).toEqual([]);
    expect(fromProject.refusals).toMatchObject([{ code: "link-outside", path: join(project, ".claude/agents") }]);
    expect(names(catalogOf({ home }).scan())).toEqual(["x"]);
  });

  test("refuses pipes and sockets without opening them, also behind links", async () => {
    const root = plant(scratch(), { "one.md": capability("one") });
    execFileSync("mkfifo", [join(root, "pipe.md")]);
    symlinkSync("pipe.md", join(root, "link.md"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket.md"), resolve));
    onTestFinished(() => void server.close());
    const { records, refusals } = survey(root);
    expect(names({ records })).toEqual(["one"]);
    expect(refusals.map(({ code, path }) => [code, path.slice(root.length + 1)])).toEqual([
      ["not-a-file", "pipe.md"],
      ["not-a-file", "socket.md"],
      ["not-a-file", "link.md"],
    ]);
  });

  test("reports files and folders that may not be read", () => {
    const root = plant(scratch(), { "one.md": capability("one"), "two.md": "", "shut/x.md": "" });
    chmodSync(root, 0o755);
    chmodSync(join(root, "two.md"), 0);
    chmodSync(join(root, "shut"), 0);
    onTestFinished(() => chmodSync(join(root, "shut"), 0o700));
    // Root may read everything.
    const { seteuid, geteuid } = process;
    if (geteuid?.() === 0) {
      seteuid?.("nobody");
      onTestFinished(() => seteuid?.(0));
    }
    const { records, refusals } = survey(root);
    if (process.getuid?.() === 0) seteuid?.(0);
    expect(names({ records })).toEqual(["one"]);
    expect(refusals.map(({ code, path }) => [code, path.slice(root.length + 1)]).sort()).toEqual([
      ["unreadable", "shut"],
      ["unreadable", "two.md"],
    ]);
  });

  test("refuses files beyond 1 MiB and folders that are nested too deeply", () => {
    const root = plant(scratch(), {
      "large.md": capability("large") + "x".repeat(1024 * 1024),
      "just.md": capability("just").padEnd(1024 * 1024, "x"),
      [`${"d/".repeat(40)}x.md`]: capability("deep"),
    });
    const { records, refusals } = survey(root);
    expect(names({ records })).toEqual(["just"]);
    expect(refusals.map(({ code }) => code).sort()).toEqual(["too-deep", "too-large"]);
  });

  test("stops at the limit of files, and reports the limit", () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n % 3}/a${n}.md`, capability(`a${n}`)]));
    const root = plant(scratch(), files);
    const { found, refusals } = findFiles({ ...explicitRoot(root) }, 20);
    expect(found.length).toBeLessThanOrEqual(20);
    expect(refusals).toMatchObject([{ code: "too-many" }]);
  });

  test("removes path parts and control characters from capability names", () => {
    const root = plant(scratch(), {
      "evil.md": '---\nname: "../../etc/\\u001b[31mpasswd\\n"\ndescription: x\n---\n',
      "new\nline.md": "---\ndescription: x\n---\n",
    });
    const { records } = survey(root);
    expect(records.map(({ id, name, path }) => [id, name, path])).toEqual([
      ["agent:explicit/etc-31mpasswd", "../../etc/[31mpasswd", join(root, "evil.md")],
      ["agent:explicit/new-line", "new line", join(root, "new\nline.md")],
    ]);
  });
});

describe("a repeated scan", () => {
  test("finds new and changed files once the last scan is two seconds old", () => {
    const project = plant(scratch(), { "agents/one.md": capability("one") });
    let now = 0;
    const catalog = catalogOf({ project, now: () => now });
    const first = catalog.scan();
    writeFileSync(join(project, "agents/two.md"), capability("two"));
    now = 1_999;
    expect(catalog.scan()).toBe(first);
    now = 2_000;
    expect(names(catalog.scan())).toEqual(["one", "two"]);
    const second = catalog.scan();
    now = 10_000;
    // Nothing changed, so the result of the last scan is kept.
    expect(catalog.scan()).toBe(second);
    writeFileSync(join(project, "agents/one.md"), capability("uno"));
    // The clock was set back.
    now = 0;
    expect(names(catalog.scan())).toEqual(["uno", "two"]);
  });
});
