import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { indented } from "../../../src/model/text/quoted.ts";
import { hostile, unpassable } from "../../fixtures/hostile.ts";
import { scratch } from "../../rig/baton.ts";
import { bundle } from "../../rig/bundle.ts";
import { session } from "../../rig/session.ts";

let server: { command: string; args: string[] };
beforeAll(async () => {
  server = { command: process.execPath, args: [await bundle(new URL("./tool-server.ts", import.meta.url))] };
});

type Step = Record<string, unknown> & { id: string };
const numbered = (values: readonly string[]) => Object.fromEntries(values.map((value, at) => [`v${at}`, value]));
const each = <T>(values: readonly string[], make: (placeholder: string, at: number) => T): T[] =>
  values.map((_, at) => make(`{{parameters.v${at}}}`, at));

async function arena(given: readonly string[]) {
  const directory = scratch();
  const canary = join(directory, "canary");
  const values = given.map((value) => value.replaceAll("CANARY", canary));
  for (const name of ["out", "verified"]) mkdirSync(join(directory, name));
  const { execute, monitor, handoff, read, inputOf } = await session("2026-07-28", directory, {
    BATON_MAX_PARALLEL: "4",
  });
  const parameters = { ...numbered(values), secret: "the secret", all: values };
  const start = async (steps: readonly Step[]) => {
    const run = await execute({ workflow: { name: "hostile", steps }, parameters });
    expect(run.workflowId, run.text).toBeDefined();
    return run.workflowId as string;
  };
  const journal = (id: string) =>
    readFileSync(join(directory, ".baton/runs", id, "journal.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const ended = async (workflowId: string) => {
    for (;;) {
      const { success } = await monitor({ workflowId, waitSeconds: 40 });
      if (success !== undefined) return journal(workflowId);
    }
  };
  const unharmed = () => {
    const found = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) => /canary/.test(path));
    // The test itself makes directories whose names contain the value.
    expect(found.filter((path) => !path.startsWith("dirs/"))).toEqual([]);
    expect(existsSync(canary)).toBe(false);
  };
  return { directory, values, execute, handoff, read, inputOf, start, ended, unharmed };
}

/** The pieces in a file, each of which ends with NUL. */
const pieces = (path: string): string[] => readFileSync(path).toString("utf8").split("\0").slice(0, -1);
type Fact = { type: string; step: string; output?: never; reason?: string; message?: string };
const factOf = (journal: readonly Fact[], type: string, step: string) =>
  journal.find((event) => event.type === type && event.step === step);

test("the fixtures hold 100 distinct hostile values", () => {
  expect(new Set(hostile).size).toBe(100);
});

test("commands, environments, directories, tools and outputs get hostile values byte for byte and run none", async () => {
  const { directory, values, start, ended, unharmed } = await arena(hostile);
  for (const value of values) {
    // A part of a path cannot be longer than this.
    if (Buffer.byteLength(value) < 200)
      mkdirSync(resolve(directory, `dirs/in/deep/down/below/_${value}_`), { recursive: true });
  }
  const steps = [
    {
      id: "all",
      tool: "same",
      server,
      arguments: { ...Object.fromEntries(each(values, (v, at) => [`v${at}`, v])), list: "{{parameters.all}}" },
    },
    ...each(values, (v, at) => {
      const told = `{{steps.all.output.v${at}}}`;
      return {
        id: `a${at}`,
        command: `printf '%s\\0' ${v} '${v}' "${v}" "$MINE" ${told} '${told}' "${told}" 'in '${v}' it' > out/${at}; printf '%s' ${v}`,
        environment: { MINE: v },
      };
    }),
    ...each(values, (_, at) => ({ id: `r${at}`, command: `printf '%s\\0' {{steps.a${at}.output}} > out/read${at}` })),
    ...each(values, (v, at) => ({
      id: `d${at}`,
      command: "echo here > here",
      workingDirectory: `dirs/in/deep/down/below/_${v}_`,
    })),
  ];
  const journal = await ended(await start(steps));
  const delivered = factOf(journal, "step_completed", "all")?.output as unknown as Record<string, unknown>;
  expect(delivered).toEqual({ ...numbered(values), list: values });
  values.forEach((value, at) => {
    expect(pieces(join(directory, `out/${at}`)), value).toEqual([...Array(7).fill(value), `in ${value} it`]);
    // The output of a command is the last 8 kB of what it printed, without the last newline.
    expect(pieces(join(directory, `out/read${at}`)), value).toEqual([value.slice(-8 * 1024).replace(/\r?\n$/, "")]);
    const path = resolve(directory, `dirs/in/deep/down/below/_${value}_`);
    if (existsSync(path)) expect(readFileSync(join(path, "here"), "utf8"), value).toBe("here\n");
    else expect(factOf(journal, "step_failed", `d${at}`), value).toMatchObject({ reason: "working_directory_missing" });
  });
  unharmed();
});

test("prompts, inputs, checks and fallback commands get hostile values byte for byte and run none", async () => {
  const short = hostile.filter((value) => value.length < 1_000);
  const { directory, values, handoff, read, inputOf, start, ended, unharmed } = await arena(short);
  writeFileSync(join(directory, "all.txt"), values.join("|"));
  values.forEach((value, at) => void writeFileSync(join(directory, `out/exact${at}`), value));
  const print = each(values, (v) => v).join(" ");
  const workflowId = await start([
    {
      id: "checked",
      agent: "scribe",
      prompt: each(values, (v) => `<${v}>`).join(""),
      input: { ...Object.fromEntries(each(values, (v, at) => [`v${at}`, v])), list: "{{parameters.all}}" },
      verify: [
        `printf '%s\\0' ${print} > verified/bare`,
        `printf '%s\\0' ${each(values, (v) => `'${v}'`).join(" ")} > verified/single`,
        `printf '%s\\0' ${each(values, (v) => `"${v}"`).join(" ")} > verified/double`,
        ...each(values, (v) => ({ file: "all.txt", contains: v })),
        ...each(values, (v) => ({ file: `none/${v}/none`, exists: false })),
      ],
    },
    { id: "replaced", agent: "scribe", fallback: { command: `printf '%s\\0' ${print} > out/fallback` } },
  ]);
  const { assignments } = await handoff({ workflowId, stepId: "checked" });
  const [held] = assignments;
  expect(await read(held.assignment, "assignment")).toContain(indented(values.map((value) => `<${value}>`).join("")));
  expect(await inputOf(held.assignment)).toEqual({ ...numbered(values), list: values });
  await handoff({ action: "complete", assignment: held.assignment, output: { list: values } });
  const [other] = (await handoff({ workflowId, stepId: "replaced" })).assignments;
  await handoff({ action: "fail", assignment: other.assignment, reason: "no" });
  const journal = await ended(workflowId);
  expect(factOf(journal, "step_completed", "replaced"), JSON.stringify(journal)).toBeDefined();
  expect(factOf(journal, "step_failed", "checked")).toBeUndefined();
  for (const path of ["verified/bare", "verified/single", "verified/double", "out/fallback"])
    expect(pieces(join(directory, path)), path).toEqual(values);
  unharmed();
});

test("a value with NUL, a lone surrogate or over 128 kB is value_refused in a process, and reaches a tool", async () => {
  const { values, start, ended, unharmed } = await arena(unpassable);
  const places = (v: string, at: number): Step[] => [
    { id: `bare${at}`, command: `echo ${v}` },
    { id: `single${at}`, command: `echo '${v}'` },
    { id: `double${at}`, command: `echo "${v}"` },
    { id: `environment${at}`, command: "true", environment: { MINE: v } },
    { id: `directory${at}`, command: "true", workingDirectory: v },
    { id: `server${at}`, tool: "same", server: { ...server, env: { MINE: v } } },
    { id: `argument${at}`, tool: "same", server: { ...server, args: ["x", v] } },
  ];
  const refused = each(values, places).flat();
  const told = each(values, (v, at) => ({ id: `told${at}`, tool: "same", server, arguments: { v } }));
  const agent = each(values, (v, at) => ({ id: `checked${at}`, agent: "scribe", verify: `echo ${v}` }));
  const workflowId = await start([...refused, ...told, ...agent]);
  const journal = await ended(workflowId);
  values.forEach((value, at) => {
    expect(factOf(journal, "step_completed", `told${at}`)?.output).toEqual({ v: value });
  });
  for (const { id } of [...refused, ...agent]) {
    const failed = factOf(journal, "step_failed", id);
    expect(failed, id).toMatchObject({ reason: "value_refused" });
    expect(failed!.message, id).toMatch(/NUL|surrogate|128 kB/);
  }
  unharmed();
});

test("a check with an invalid pattern or an overlong path from a value fails with the reason", async () => {
  const { handoff, start, ended } = await arena(["(", "x/".repeat(3_000)]);
  const workflowId = await start([
    {
      id: "pattern",
      agent: "scribe",
      verify: ["true", { file: "out", exists: true }, { file: "/dev/null", matches: "{{parameters.v0}}" }],
    },
    { id: "path", agent: "scribe", verify: ["true", { file: "{{parameters.v1}}" }] },
  ]);
  for (const stepId of ["pattern", "path"]) {
    const { assignments } = await handoff({ workflowId, stepId });
    await handoff({ action: "complete", assignment: assignments[0].assignment, output: "done" });
  }
  const journal = await ended(workflowId);
  expect(factOf(journal, "step_failed", "pattern")).toMatchObject({ reason: "verification_failed" });
  expect(factOf(journal, "step_failed", "path")!.message).toContain("ENAMETOOLONG");
});

test("any hostile value works as idempotencyKey; a lone surrogate is refused", async () => {
  const { values, execute, unharmed } = await arena(hostile.filter((value) => value.length > 0 && value.length < 400));
  const workflow = { name: "keyed", steps: [{ id: "a", agent: "scribe" }] };
  const ids = new Set<string>();
  for (const idempotencyKey of values) {
    const first = await execute({ workflow, idempotencyKey });
    ids.add(first.workflowId);
    expect(await execute({ workflow, idempotencyKey })).toMatchObject({ existing: true, workflowId: first.workflowId });
  }
  expect(ids.size).toBe(values.length);
  expect((await execute({ workflow, idempotencyKey: "a\0b" })).workflowId).toBeDefined();
  expect((await execute({ workflow, idempotencyKey: "\ud800" })).text).toContain("surrogate");
  unharmed();
});
