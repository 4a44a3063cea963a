import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { wrap } from "node:module";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";

// Starts the program that lies beside this file, from what V8 made of it at an earlier start: compiling is a third of a start. What
// V8 made is good for one build and one V8 with its flags, which is why both are in its name: V8 itself compares no more of a source
// than its length. Where nothing can be kept, in a directory that is not ours, each start compiles.

const path = join(__dirname, "program.cjs");
// Its letters are ASCII, which the build sees to; as such it takes half the room, and no decoding.
const program = readFileSync(path, "latin1");
const build = program.slice(3, program.indexOf("\n"));
const compiled = `${path}.${build}.${cachedDataVersionTag()}`;

const cachedData = cachedCode();
const script = new Script(wrap(program), { filename: path, ...(cachedData && { cachedData }) });
// At the end, when V8 has compiled what a start needs.
if (!cachedData || script.cachedDataRejected) process.once("exit", saveCode);
script.runInThisContext()(exports, require, module, path, __dirname);

function cachedCode(): Buffer | undefined {
  try {
    return readFileSync(compiled);
  } catch {
    return undefined;
  }
}

/** Whole or not at all: V8 takes what it reads for its own. */
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
