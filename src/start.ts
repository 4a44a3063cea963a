import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { wrap } from "node:module";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";

// Starts the program beside this file from V8's code cache of an earlier start, since compiling takes a third of a
// start.
// The cache file's name holds the build and V8's version and flags: V8 itself compares only the length of the source.
// In a directory that Baton cannot write, every start compiles.

const path = join(__dirname, "program.cjs");
// The build emits ASCII only. Read as latin1, it takes half the memory and needs no decoding.
const program = readFileSync(path, "latin1");
const build = program.slice(3, program.indexOf("\n"));
const compiled = `${path}.${build}.${cachedDataVersionTag()}`;

const cachedData = cachedCode();
const script = new Script(wrap(program), { filename: path, ...(cachedData && { cachedData }) });
// At exit, V8 has compiled all functions that a start needs.
if (!cachedData || script.cachedDataRejected) process.once("exit", saveCode);
script.runInThisContext()(exports, require, module, path, __dirname);

function cachedCode(): Buffer | undefined {
  try {
    return readFileSync(compiled);
  } catch {
    return undefined;
  }
}

/** Writes the cache atomically, since V8 does not check its content. */
function saveCode(): void {
  const next = `${compiled}.${process.pid}`;
  try {
    const file = openSync(next, "w");
    writeSync(file, script.createCachedData());
    fsyncSync(file);
    closeSync(file);
    renameSync(next, compiled);
  } catch {
    // The next start compiles again.
  }
}
