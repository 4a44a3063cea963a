import { describe, expect, test } from "vitest";
import { baton, scratch } from "../rig/baton.ts";
import { Rpc } from "../rig/rpc.ts";
import { type Counts, countingIn, type Module } from "./counted.ts";
import { expectWithin, type Limit } from "./limit.ts";

const COMMAND_ADVICE =
  "Every command line pays for them. Import what only some commands need with import(), where they need it.";
const SERVER_ADVICE =
  "Every window of every host pays for them. Import what only some calls need with import(), where they need it.";

const limits = (
  start: string,
  advice: string,
  today: Readonly<Record<keyof Start, number>>,
): Record<keyof Start, Limit> => ({
  modules: { what: `modules of the program that ${start} loads`, today: today.modules, margin: 0.03, advice },
  bytes: { what: `bytes of the modules that ${start} loads`, today: today.bytes, margin: 0.03, advice },
  builtins: { what: `modules of Node that ${start} loads`, today: today.builtins, margin: 0, advice },
});
interface Start {
  readonly modules: number;
  readonly bytes: number;
  readonly builtins: number;
}

const VERSION_START = limits("baton --version", COMMAND_ADVICE, { modules: 716, bytes: 2_308_000, builtins: 16 });
const LIST_START = limits("baton list", COMMAND_ADVICE, { modules: 716, bytes: 2_308_000, builtins: 16 });
const SERVER_START = limits("a server that lists its tools", SERVER_ADVICE, {
  modules: 753,
  bytes: 2_830_000,
  builtins: 17,
});

const libraryOf = ({ path }: Module): string =>
  /^node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)/.exec(path)?.groups?.name ?? "Baton's own code";

function bytesByLibrary(modules: readonly Module[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const module of modules) sums.set(libraryOf(module), (sums.get(libraryOf(module)) ?? 0) + module.bytes);
  return new Map([...sums].sort(([, one], [, other]) => other - one));
}

function expectStart(limit: Record<keyof Start, Limit>, modules: readonly Module[], { builtins }: Counts): void {
  const libraries = bytesByLibrary(modules);
  const detail = [...libraries].map(([name, bytes]) => `${name}: ${bytes} bytes`).join("\n");
  expectWithin(limit.modules, modules.length, detail);
  expectWithin(
    limit.bytes,
    [...libraries.values()].reduce((sum, bytes) => sum + bytes, 0),
    detail,
  );
  expectWithin(limit.builtins, builtins.length, builtins.join("\n"));
}

const protocolLibraries = (modules: readonly Module[]): string[] =>
  [...bytesByLibrary(modules).keys()].filter((name) => name.startsWith("@modelcontextprotocol/"));

describe("a start loads few modules", () => {
  test.each([
    ["--version", VERSION_START],
    ["list", LIST_START],
  ] as const)("baton %s, and not the protocol library", async (command, limit) => {
    const directory = scratch();
    const counting = countingIn(directory);
    const { code, stderr } = await baton(directory, [command], { ...counting.env, ...counting.coverage });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect.soft(protocolLibraries(counting.modules())).toEqual([]);
    expectStart(limit, counting.modules(), counting.counts());
  });

  test("a server, which has no client's library until a step needs one", async () => {
    const directory = scratch();
    const counting = countingIn(directory);
    const rpc = await Rpc.start(directory, "2025-11-25", { env: { ...counting.env, ...counting.coverage } });
    await rpc.request("tools/list", {});
    expect(await rpc.close()).toBe(0);
    expect
      .soft(protocolLibraries(counting.modules()))
      .toEqual(["@modelcontextprotocol/server", "@modelcontextprotocol/core"]);
    expectStart(SERVER_START, counting.modules(), counting.counts());
  });
});
