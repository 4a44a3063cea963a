import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import { bundle } from "../rig/bundle.ts";
import { ID } from "../suites/store.suite.ts";
import { withRun } from "./run.ts";

let contender: string;
let writer: string;
beforeAll(async () => {
  [contender, writer] = await Promise.all([
    bundle(new URL("contender.ts", import.meta.url)),
    bundle(new URL("writer.ts", import.meta.url)),
  ]);
});

/** Starts a process that is ready and waits for `go`. */
async function prepared(program: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

/** Lets a prepared process continue, and returns its output once it has ended. */
async function go(child: ChildProcess): Promise<string> {
  let said = "";
  child.stdout!.on("data", (part) => {
    said += part;
  });
  const ended = once(child, "close");
  child.stdin!.end("go");
  await ended;
  return said;
}

test("exactly one of several racing processes gets each epoch and key", async () => {
  const { directory, store } = withRun();
  const names = ["p", "q", "r", "s"];
  const children = await Promise.all(names.map((name) => prepared(contender, directory, ID, "100", name)));
  const said = (await Promise.all(children.map(go))).map((text) => JSON.parse(text));
  const taken = said.flatMap((one) => one.taken).sort((a, b) => a - b);
  expect(taken).toEqual(Array.from({ length: 99 }, (_, n) => n + 2));
  for (const { keys } of said) expect(keys).toEqual(said[0].keys);
  expect(names).toEqual(expect.arrayContaining(said[0].keys));
  expect(store.keys.claim("key 2", { workflowId: ID, fingerprint: "late" }).fingerprint).toBe(said[0].keys[0]);
});

test("concurrent owners write whole lines, each owner's lines in order", async () => {
  const { directory, store } = withRun();
  const children = [
    await prepared(writer, directory, ID, "2", "100"),
    await prepared(writer, directory, ID, "3", "100"),
  ];
  await Promise.all(children.map(go));
  const { events, problems } = store.read(ID, START)!;
  expect(problems).toEqual([]);
  for (const epoch of [2, 3]) {
    const own = events.filter((event) => event.epoch === epoch);
    expect(own.map((event) => "attempt" in event && event.attempt)).toEqual(
      Array.from({ length: 300 }, (_, n) => n + 1),
    );
  }
});
