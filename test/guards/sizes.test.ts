import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BATON } from "../rig/baton.ts";
import { session } from "../rig/session.ts";
import { expectWithin, type Limit } from "./limit.ts";

const TOOLS_LIST_BYTES: Limit = {
  what: "bytes of the answer to tools/list",
  today: 11_650,
  margin: 0.03,
  advice:
    "Each host shows it to its model in every session, and 12,000 is the most. Shorten a description or a schema.",
};
const INSTRUCTIONS_BYTES: Limit = {
  what: "bytes of the server's instructions",
  today: 569,
  margin: 0.05,
  advice: "Each host shows them to its model in every session. Shorten them, or move a part into a tool's answer.",
};
const PROGRAM_BYTES: Limit = {
  what: "bytes of dist/program.cjs",
  today: 3_476_300,
  margin: 0.01,
  advice: "Every start reads and compiles the whole bundle. Look for a new library, or one that is bundled twice.",
};
const START_BYTES: Limit = {
  what: "bytes of dist/baton.cjs",
  today: 1_115,
  margin: 0.05,
  advice: "It runs before the compile cache helps. Move what it does into the program.",
};

const bytes = (value: unknown): number => Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value));

test.each(["2026-07-28", "2025-11-25"] as const)("what each host shows its model stays small (%s)", async (era) => {
  const { rpc } = await session(era);
  const listed = await rpc.request("tools/list", {});
  const each = listed.tools.map((tool: { name: string }) => `${tool.name}: ${bytes(tool)} bytes`);
  expectWithin(TOOLS_LIST_BYTES, bytes(listed), each.join("\n"));
  expect(rpc.instructions).toBeTruthy();
  expectWithin(INSTRUCTIONS_BYTES, bytes(rpc.instructions));
});

test("the bundle stays small", () => {
  const sizeOf = (file: string) => statSync(join(BATON, "..", file)).size;
  expectWithin(PROGRAM_BYTES, sizeOf("program.cjs"));
  expectWithin(START_BYTES, sizeOf("baton.cjs"));
});
