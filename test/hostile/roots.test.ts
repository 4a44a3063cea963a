import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../rig/baton.ts";
import { capability, plant } from "../rig/files.ts";
import { session } from "../rig/session.ts";

const pipe = (path: string) => {
  mkdirSync(dirname(path), { recursive: true });
  spawnSync("/bin/sh", ["-c", 'mkfifo "$0"', path]);
};
const link = (to: string, path: string) => {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(to, path);
};

/** Each adds hostile files beside good ones, in a project that a host opens. */
const PLANTS: Readonly<Record<string, (project: string, outside: string) => void>> = {
  "links in a circle": (project) => {
    link("..", join(project, ".claude/skills/up"));
    link("loop", join(project, ".claude/skills/loop"));
    link("b", join(project, ".claude/agents/a"));
    link("a", join(project, ".claude/agents/b"));
    link(".", join(project, "workflows/here.yaml"));
  },
  "links to the whole file system": (project) => {
    link("/", join(project, ".claude/skills/root"));
    link("/proc", join(project, ".claude/skills/proc"));
    link("/dev", join(project, ".claude/agents/dev"));
    link("/", join(project, "workflows/root.yaml"));
  },
  "devices and pipes instead of files": (project) => {
    link("/dev/zero", join(project, ".claude/skills/zero/SKILL.md"));
    link("/dev/zero", join(project, ".claude/agents/zero.md"));
    link("/dev/zero", join(project, "workflows/zero.yaml"));
    pipe(join(project, ".claude/skills/pipe/SKILL.md"));
    pipe(join(project, ".claude/agents/pipe.md"));
    pipe(join(project, "workflows/pipe.yaml"));
  },
  "links to another user's secrets": (project, outside) => {
    plant(outside, {
      "SKILL.md": capability("stolen"),
      "stolen.md": capability("stolen"),
      "stolen.yaml": "stolen: SECRET",
    });
    link(outside, join(project, ".claude/skills/stolen"));
    link(join(outside, "stolen.md"), join(project, ".claude/agents/stolen.md"));
    link(join(outside, "stolen.yaml"), join(project, "workflows/stolen.yaml"));
  },
  "a root that is a link": (project, outside) => {
    plant(outside, { "skills/stolen/SKILL.md": capability("stolen") });
    rmSync(join(project, ".claude/agents"), { recursive: true });
    link("/dev", join(project, ".claude/agents"));
  },
  "thousands of entries": (project) => {
    for (let n = 0; n < 3000; n++)
      plant(project, { [`.claude/agents/x${n}.md`]: "---\nname: [\n", [`workflows/x${n}.yaml`]: ": {" });
  },
  "directories with the names of files, and deeply nested directories": (project) => {
    mkdirSync(join(project, ".claude/skills/dir/SKILL.md"), { recursive: true });
    mkdirSync(join(project, ".claude/agents/dir.md"), { recursive: true });
    mkdirSync(join(project, "workflows/dir.yaml"), { recursive: true });
    mkdirSync(join(project, ".claude/skills", ...Array.from({ length: 200 }, () => "d")), { recursive: true });
  },
};

test.each(Object.entries(PLANTS))(
  "find_capabilities and manage_templates list the good files and no others beside %s",
  async (_what, put) => {
    const [project, outside] = [scratch(), scratch()];
    plant(project, {
      ".claude/skills/good/SKILL.md": capability("good-skill"),
      ".claude/agents/good.md": capability("good-agent"),
      "workflows/good.yaml": "name: good\nsteps:\n  - id: a\n    command: 'true'\n",
    });
    put(project, outside);
    const { rpc, templates } = await session("2026-07-28", project);
    const found = await rpc.data("find_capabilities", {});
    const text = JSON.stringify(found);
    expect(text).toContain("good-skill");
    expect(text).not.toContain("stolen.md");
    const shelf = await templates({ action: "list" });
    expect(shelf.isError, shelf.text).toBe(false);
    expect(shelf.text).toContain("good");
    expect(shelf.text).not.toContain("SECRET");
  },
);
