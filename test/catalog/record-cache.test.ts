import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RecordCache } from "../../src/catalog/record-cache.ts";
import { explicitRoot } from "../../src/catalog/roots.ts";
import { scanRoots } from "../../src/catalog/scan.ts";
import { scratch } from "../rig/baton.ts";
import { capability, plant } from "../rig/files.ts";

const MANY = 60;

/** Files that were written long before they are read. */
function old(count = MANY): string {
  const root = scratch();
  for (let n = 0; n < count; n++) {
    plant(root, { [`a${n}.md`]: capability(`a${n}`, n % 2 ? "x" : "holds: a colon") });
    utimesSync(join(root, `a${n}.md`), 1e9, 1e9);
  }
  return root;
}

const readingsIn = (file?: string, version = "1") => new RecordCache({ file, version, now: Date.now });
const scan = (root: string, readings: RecordCache) => scanRoots([explicitRoot(root)], readings).scan;

describe("the record cache in one process", () => {
  test("reads only changed files again", () => {
    const root = old();
    const readings = readingsIn();
    const first = scan(root, readings);
    expect(readings.reads).toBe(MANY);
    expect(scan(root, readings)).toEqual(first);
    expect(readings.reads).toBe(MANY);
    writeFileSync(join(root, "a3.md"), capability("a3", "y"));
    utimesSync(join(root, "a3.md"), 1e9, 1e9);
    // Size and time are the same, but the change time of its inode differs.
    expect(scan(root, readings).records.find(({ name }) => name === "a3")?.description).toBe("y");
    expect(readings.reads).toBe(MANY + 1);
    rmSync(join(root, "a4.md"));
    expect(scan(root, readings).records).toHaveLength(MANY - 1);
    expect(readings.reads).toBe(MANY + 1);
  });

  test("does not cache a file that was modified just now or in the future", () => {
    const root = plant(scratch(), { "one.md": capability("one") });
    const readings = new RecordCache({ version: "1", now: () => Date.now() });
    const soon = Date.now() / 1000 + 3_600;
    scan(root, readings);
    scan(root, readings);
    expect(readings.reads).toBe(2);
    utimesSync(join(root, "one.md"), soon, soon);
    scan(root, readings);
    scan(root, readings);
    expect(readings.reads).toBe(3);
  });
});

describe("the record cache between processes", () => {
  test("a second process does not read unchanged files again", () => {
    const [root, state] = [old(), scratch()];
    const file = join(state, "catalog.json");
    const first = scan(root, readingsIn(file));
    expect(readdirSync(state)).toEqual(["catalog.json"]);
    const next = readingsIn(file);
    expect(scan(root, next)).toEqual(first);
    expect(next.reads).toBe(0);
    // A scan of another root does not remove this root from the cache.
    scan(old(), next);
    const third = readingsIn(file);
    scan(root, third);
    expect(third.reads).toBe(0);
  });

  test.each([
    ["damaged", (text: string) => text.slice(0, text.length / 2)],
    ["empty", () => ""],
    ["something else", () => "[1, 2]"],
    ["of readings that are none", (text: string) => text.replaceAll('"mode":', '"mood":')],
    ["of files that are none", (text: string) => text.replace(/"files":.*/s, '"files": {"__proto__": 1, "x": null}}')],
    ["of another version", (text: string) => text.replace('"by":"1"', '"by":"2"')],
    ["of a newer format", () => '{"format": 9, "entries": []}'],
  ])("ignores and replaces a cache that is %s", (_, spoil) => {
    const [root, state] = [old(), scratch()];
    const file = join(state, "catalog.json");
    const first = scan(root, readingsIn(file));
    writeFileSync(file, spoil(readFileSync(file, "utf8")));
    const readings = readingsIn(file);
    expect(scan(root, readings)).toEqual(first);
    expect(readings.reads).toBe(MANY);
    const next = readingsIn(file);
    scan(root, next);
    expect(next.reads).toBe(0);
  });

  test("a missing state directory or unwritable cache does not fail a scan", () => {
    const root = old();
    const nowhere = join(scratch(), "state/catalog.json");
    expect(scan(root, readingsIn(nowhere)).records).toHaveLength(MANY);
    expect(existsSync(join(nowhere, ".."))).toBe(false);
    const directory = scratch();
    plant(directory, { "catalog.json/x": "" });
    expect(scan(root, readingsIn(join(directory, "catalog.json"))).records).toHaveLength(MANY);
    expect(readdirSync(directory)).toEqual(["catalog.json"]);
  });
});
