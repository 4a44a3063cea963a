import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readExcerpt, readExcerptQuietly } from "../../../src/system/excerpt.ts";
import { FileError, readRegularFile, readTextFile } from "../../../src/system/file.ts";
import { appendOwn, createIfAbsent, writeOwn } from "../../../src/system/own-file.ts";
import { scratch } from "../../rig/baton.ts";
import { ODD, odd } from "../../rig/odd.ts";

test.each(odd)("readRegularFile and readTextFile refuse %s, with and without follow", (name, make) => {
  const path = join(scratch(), "x");
  make(path);
  const reason = name.includes("3 TB") ? "too_large" : "not_a_file";
  for (const follow of [false, true]) expect(readRegularFile(path, 1000, { follow })).toMatchObject({ reason });
  expect(() => readTextFile(path, 1000)).toThrow(FileError);
  expect(() => readTextFile(path, 1000)).toThrow(path);
});

const notFiles = odd.filter(([name]) => !name.includes("3 TB"));

test.each(notFiles)("readExcerpt refuses %s", (_, make) => {
  const path = join(scratch(), "x");
  make(path);
  expect(() => readExcerpt(path, 10)).toThrow(FileError);
  expect(readExcerptQuietly(path, 10)).toEqual({ text: "", start: 0, next: 0, size: 0 });
});

test("readExcerpt reads the requested part of a sparse file of 3 TB", () => {
  const path = join(scratch(), "x");
  ODD["a file that claims 3 TB"]!(path);
  expect(readExcerpt(path, 4)).toEqual({
    text: "\0\0\0\0",
    start: 3 * 1024 ** 4 - 4,
    next: 3 * 1024 ** 4,
    size: 3 * 1024 ** 4,
  });
});

test.each(notFiles)("appendOwn and writeOwn refuse %s", (_, make) => {
  const path = join(scratch(), "x");
  make(path);
  expect(() => appendOwn(path, "x")).toThrow(FileError);
  expect(() => writeOwn(path, "x")).toThrow(FileError);
});

test("appendOwn refuses a pipe that has a reader", () => {
  const path = join(scratch(), "x");
  ODD["a pipe"]!(path);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  expect(() => appendOwn(path, "x")).toThrow("is a pipe");
});

test("appendOwn, writeOwn and createIfAbsent change no file through a link", () => {
  const directory = scratch();
  const [link, dangling] = [join(directory, "link"), join(directory, "dangling")];
  writeFileSync(join(directory, "mine"), "kept");
  symlinkSync(join(directory, "mine"), link);
  symlinkSync(join(directory, "none"), dangling);
  for (const path of [link, dangling]) {
    for (const write of [appendOwn, writeOwn]) expect(() => write(path, "x")).toThrow("is a link");
    createIfAbsent(path);
  }
  expect(readFileSync(join(directory, "mine"), "utf8")).toBe("kept");
  expect(existsSync(join(directory, "none"))).toBe(false);
});

test("writeOwn replaces the whole content; createIfAbsent leaves an existing file unchanged", () => {
  const path = join(scratch(), "x");
  writeOwn(path, "a long text");
  writeOwn(path, "short");
  createIfAbsent(path);
  appendOwn(path, "er");
  expect(readFileSync(path, "utf8")).toBe("shorter");
});

test("readTextFile with follow reads a file through a link; readRegularFile refuses the link", () => {
  const directory = scratch();
  writeFileSync(join(directory, "file"), "text");
  symlinkSync("file", join(directory, "link"));
  expect(readTextFile(join(directory, "link"), 4, { follow: true })).toBe("text");
  expect(readRegularFile(join(directory, "link"), 4)).toMatchObject({
    reason: "not_a_file",
    message: expect.stringContaining("link"),
  });
  expect(readRegularFile(join(directory, "file"), 3)).toMatchObject({ reason: "too_large" });
  expect(readRegularFile(join(directory, "none"), 3)).toMatchObject({ reason: "absent" });
});

test("readExcerpt shows invalid UTF-8 as U+FFFD, also at the end of a complete file", () => {
  const path = join(scratch(), "x");
  writeFileSync(path, Buffer.from([0x61, 0xff, 0x80, 0x62, 0xe2, 0x82]));
  const growing = readExcerpt(path, 100);
  expect(growing).toMatchObject({ text: "a\ufffd\ufffdb", next: 4, size: 6 });
  expect(readExcerpt(path, 100, undefined, true)).toMatchObject({ text: "a\ufffd\ufffdb\ufffd", next: 6 });
  // A part may end within a character. The rest belongs to the next part.
  expect(readExcerpt(path, 5, undefined, true)).toMatchObject({ start: 1, text: "\ufffd\ufffdb\ufffd" });
  const file = openSync(path, "a");
  writeSync(file, Buffer.from([0xac]));
  closeSync(file);
  expect(readExcerpt(path, 100, growing.next)).toMatchObject({ text: "€", next: 7 });
});
