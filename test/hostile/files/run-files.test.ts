import { appendFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DamagedRun, START } from "../../../src/model/contracts/store.ts";
import { MAX_LEVELS } from "../../../src/model/json.ts";
import { MAX_LINE_BYTES } from "../../../src/store/file/lines.ts";
import { fileSessions } from "../../../src/store/file/sessions.ts";
import { fileTemplates } from "../../../src/store/file/templates.ts";
import { scratch } from "../../rig/baton.ts";
import { odd, replace, sparse } from "../../rig/odd.ts";
import { created } from "../../rig/rules/workflow.ts";
import { withRun } from "../../store/run.ts";
import { definition, ID, started } from "../../suites/store.suite.ts";

const notFiles = odd.filter(([name]) => !name.includes("3 TB"));

describe("odd files in place of a run's own files", () => {
  test.each(notFiles)("%s as the journal damages this run and no other", (_, make) => {
    const { store, journal } = withRun();
    store.create("wf_9999999999", definition(), [created()]);
    replace(journal, make);
    expect(() => store.read(ID, START)).toThrow(DamagedRun);
    expect(() => store.size(ID)).not.toThrow();
    expect(store.list().sort()).toEqual([ID, "wf_9999999999"]);
    expect(store.read("wf_9999999999", START)!.events).toEqual([created()]);
  });

  test("a sparse journal of 3 TB is damaged at the first byte after its events", () => {
    const { store, journal } = withRun();
    const { size } = statSync(journal);
    sparse(journal, 3 * 1024 ** 4);
    expect(store.read(ID, START)).toMatchObject({ events: [created()], problems: [{ kind: "corrupt", offset: size }] });
  });

  test.each(odd)("%s as definition.json damages the run", (_, make) => {
    const { store, run } = withRun();
    replace(join(run, "definition.json"), make);
    expect(() => store.definition(ID)).toThrow(DamagedRun);
  });

  test.each(odd)("%s as snapshot.json is ignored", (_, make) => {
    const { store, run } = withRun();
    replace(join(run, "snapshot.json"), make);
    expect(store.snapshots.get(ID)).toBeUndefined();
  });

  test.each(odd.filter(([name]) => name !== "a link to itself"))("%s as the lease file gives no owner", (_, make) => {
    const { store, run } = withRun();
    replace(join(run, "lease.1"), make);
    expect(store.lease(ID)).not.toHaveProperty("holder");
  });
});

describe("the inbox of a run", () => {
  test.each(odd)("the inbox removes %s and lists the other message", (_, make) => {
    const { store, run } = withRun();
    make(join(run, "inbox", "000-x.json"));
    store.inbox.put(ID, { id: "m1", action: "pause" });
    expect(store.inbox.list(ID)).toEqual([{ id: "m1", action: "pause" }]);
    expect(readdirSync(join(run, "inbox"))).toHaveLength(1);
  });

  test.each(notFiles)("an inbox that is %s lists no messages", (_, make) => {
    const { store, run } = withRun();
    replace(join(run, "inbox"), make);
    expect(store.inbox.list(ID)).toEqual([]);
  });

  test("the inbox lists at most 256 messages at a time, in the order of arrival", () => {
    const { store } = withRun();
    for (let n = 0; n < 600; n++) store.inbox.put(ID, { id: `m${n}`, action: "pause" });
    const seen: string[] = [];
    const looks: number[] = [];
    for (let look = store.inbox.list(ID); look.length > 0; look = store.inbox.list(ID)) {
      looks.push(look.length);
      for (const { id } of look) {
        seen.push(id);
        store.inbox.remove(ID, id);
      }
    }
    expect(seen).toEqual(Array.from({ length: 600 }, (_, n) => `m${n}`));
    expect(looks).toEqual([256, 256, 88]);
  });

  test("inbox put refuses a message that is too large to read", () => {
    const { store } = withRun();
    const answers = "x".repeat(9 * 1024 * 1024);
    expect(() => store.inbox.put(ID, { id: "m", action: "answer", stepId: "a", answers })).toThrow("cannot be sent");
    expect(store.inbox.list(ID)).toEqual([]);
  });
});

describe("a line of a journal", () => {
  const deep = (levels: number) => `${'{"x":'.repeat(levels)}1${"}".repeat(levels)}`;
  const event = (more: string) => `{"type":"step_completed","step":"a","attempt":1,${more}}`;

  test.each([
    ["a time after the last valid one", event('"at":253402300800000,"epoch":1')],
    ["a negative time", event('"at":-1,"epoch":1')],
    ["a fractional time", event('"at":1.5,"epoch":1')],
    ["a time of 1e308", event('"at":1e308,"epoch":1')],
    ["an epoch of 1e300", event('"at":1,"epoch":1e300')],
    ["epoch 0", event('"at":1,"epoch":0')],
    ["data nested 50,000 levels deep", event(`"at":1,"epoch":1,"output":${deep(50_000)}`)],
    [
      "too deep data after a string with an escaped quote",
      event(`"at":1,"epoch":1,"cause":"\\"","output":${deep(MAX_LEVELS + 50)}`),
    ],
  ])("a journal line with %s is damage; the events before it stay", (_, line) => {
    const { store, journal } = withRun();
    const { size } = statSync(journal);
    appendFileSync(journal, `${line}\n${JSON.stringify(started("a"))}\n`);
    expect(store.read(ID, START)).toMatchObject({ events: [created()], problems: [{ kind: "corrupt", offset: size }] });
  });

  test.each([
    ["the last valid time", event('"at":253402300799999,"epoch":1000000000')],
    ["data of the greatest depth", event(`"at":1,"epoch":1,"output":${deep(MAX_LEVELS)}`)],
    ["brackets in a string", event(`"at":1,"epoch":1,"output":"${"[{".repeat(1_000)}\\"[${"[".repeat(1_000)}"`)],
  ])("a journal line with %s is valid", (_, line) => {
    const { store, journal } = withRun();
    appendFileSync(journal, `${line}\n`);
    expect(store.read(ID, START)).toMatchObject({ events: [created(), JSON.parse(line)], problems: [] });
  });

  test("a journal line longer than MAX_LINE_BYTES is damage, with or without an end", () => {
    for (const end of ["", "\n", `\n${JSON.stringify(started("a"))}\n`]) {
      const { store, journal } = withRun();
      const { size } = statSync(journal);
      appendFileSync(journal, Buffer.alloc(MAX_LINE_BYTES + 1, "x"));
      appendFileSync(journal, end);
      const page = store.read(ID, START)!;
      expect(page).toMatchObject({ events: [created()], problems: [{ kind: "corrupt", offset: size }] });
    }
  });

  test("a journal line may be longer than a read chunk; append refuses one above MAX_LINE_BYTES", () => {
    const { store, lease } = withRun();
    const journal = store.journal(ID, lease);
    const long = { ...started("a"), cause: "☃".repeat(1_500_000) };
    expect(journal.append([long, started("b")])).toMatchObject({ ok: true });
    expect(journal.append([{ ...started("c"), cause: "x".repeat(MAX_LINE_BYTES) }])).toMatchObject({
      ok: false,
      error: { reason: "io_error" },
    });
    expect(store.read(ID, START)).toMatchObject({ events: [created(), long, started("b")], problems: [] });
  });
});

test.each(odd)("%s as a session file is no session; as template.json it is listed with the problem", (_, make) => {
  const state = scratch();
  mkdirSync(join(state, "sessions"));
  make(join(state, "sessions", "os_0000000000.jsonl"));
  const sessions = fileSessions(state, () => {});
  expect(sessions.list()).toEqual(["os_0000000000"]);
  expect(sessions.read("os_0000000000")).toBeUndefined();
  mkdirSync(join(state, "templates", "etl@1.0.0"), { recursive: true });
  make(join(state, "templates", "etl@1.0.0", "template.json"));
  expect(fileTemplates(state, Date.now, () => {}).list()).toMatchObject([
    { problem: expect.stringContaining("cannot be read") },
  ]);
});

test.each(odd)("%s as claim.json of an idempotency key is refused by name without a wait", (_, make) => {
  const { store, directory } = withRun();
  const claim = { workflowId: ID, fingerprint: "f" };
  store.keys.claim("key", claim);
  const [place] = readdirSync(join(directory, "keys"));
  replace(join(directory, "keys", place!, "claim.json"), make);
  expect(() => store.keys.find("key")).toThrow("claim.json is");
});
