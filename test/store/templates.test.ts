import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { fileTemplates } from "../../src/store/file/templates.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";

let program: string;
beforeAll(async () => {
  program = await bundle(new URL("template-saver.ts", import.meta.url));
});
const template = (version: string, text = "steps: []") => ({ name: "Etl", version, text, savedAt: "then" });

/** Starts a process that saves. Resolves with its output once it has ended or was killed after some lines. */
async function saver(state: string, prefix: string, count: number, killAfter = Number.POSITIVE_INFINITY) {
  const child = spawn(process.execPath, [program, state, prefix, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (lines.push(line) === killAfter) child.kill("SIGKILL");
  });
  await once(child, "close");
  return lines;
}

describe("saved templates", () => {
  test("saved templates are private, stored by version, and never overwritten", () => {
    const state = join(scratch(), "state");
    const saved = fileTemplates(state, Date.now, () => {});
    expect(saved.list()).toEqual([]);
    expect(saved.save(template("1.0.0"))).toBe(true);
    expect(saved.save(template("1.0.0", "other"))).toBe(false);
    expect(saved.save({ ...template("1.0.0", "other"), name: "eTL" })).toBe(false);
    expect(saved.save(template("1.1.0"))).toBe(true);
    expect(saved.list("ETL")).toMatchObject([{ template: template("1.0.0") }, { template: template("1.1.0") }]);
    expect(saved.list("et")).toEqual([]);
    expect(statSync(join(state, "templates/etl@1.0.0/template.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, "templates")).mode & 0o777).toBe(0o700);
    expect(saved.remove("etl", "1.0.0")).toBe(true);
    expect(saved.remove("etl", "1.0.0")).toBe(false);
    expect(readdirSync(join(state, "templates"))).toEqual(["etl@1.1.0"]);
  });

  test("damaged saved templates are reported, can be removed, and affect no others", () => {
    const state = scratch();
    const saved = fileTemplates(state, Date.now, () => {});
    for (const version of ["1.0.0", "2.0.0", "3.0.0", "4.0.0"]) saved.save(template(version));
    const of = (version: string) => join(state, `templates/etl@${version}/template.json`);
    writeFileSync(of("1.0.0"), '{"name": "Et');
    writeFileSync(of("2.0.0"), JSON.stringify(template("7.0.0")));
    writeFileSync(of("3.0.0"), "\0\0\0\0");
    mkdirSync(join(state, "templates/etl@5.0.0"));
    writeFileSync(join(state, "templates/etl@6.0.0"), "");
    const list = saved.list();
    expect(list.map((one) => ("problem" in one ? one.problem.replace(/: .*/, "") : one.template.version))).toEqual([
      ...["cannot be read", "belongs to another template", "cannot be read"],
      ...["4.0.0", "does not hold a saved template", "cannot be read"],
    ]);
    expect(saved.save(template("1.0.0"))).toBe(false);
    for (const version of ["1.0.0", "2.0.0", "3.0.0", "5.0.0", "6.0.0"])
      expect(saved.remove("etl", version)).toBe(true);
    expect(saved.list()).toMatchObject([{ template: template("4.0.0") }]);
    expect(saved.save(template("1.0.0"))).toBe(true);
  });

  test("one of two processes that save the same template version wins", async () => {
    const state = scratch();
    const said = (await Promise.all([saver(state, "1.0", 150), saver(state, "1.0", 150)])).flat();
    const mine = said.filter((line) => line.startsWith("mine")).map((line) => line.split(" "));
    expect(said).toHaveLength(300);
    expect(mine.map(([, version]) => version).sort()).toEqual(Array.from({ length: 150 }, (_, i) => `1.0.${i}`).sort());
    const byVersion = new Map(mine.map(([, version, pid]) => [version, pid]));
    const list = fileTemplates(state, Date.now, () => {}).list();
    expect(list).toHaveLength(150);
    for (const one of list) {
      if (!("template" in one)) throw new Error(one.problem);
      expect(one.template.text).toContain(`# ${byVersion.get(one.template.version)}\n`);
    }
  });

  test.each([1, 2, 5, 9, 17])("saved templates stay whole when their writer is killed after %d", async (after) => {
    const state = scratch();
    const said = await saver(state, "1.0", 10_000, after);
    expect(said.length).toBeGreaterThanOrEqual(after);
    expect(said.length).toBeLessThan(10_000);
    const saved = fileTemplates(state, Date.now, () => {});
    const list = saved.list();
    expect(list.filter((one) => "problem" in one)).toEqual([]);
    expect(list.length).toBeGreaterThanOrEqual(said.length);
    expect(saved.save(template("2.0.0"))).toBe(true);
    expect(saved.list()).toHaveLength(list.length + 1);
  });
});
