// Preloaded into the built program, whose real work it counts: what the program asks of the operating system. At its exit, the process writes the
// counts into the directory that BATON_COUNTS names.
const childProcess = require("node:child_process");
const fs = require("node:fs");
const Module = require("node:module");
const { basename, join } = require("node:path");

const directory = process.env.BATON_COUNTS;
// Only this process counts, not the steps that it starts.
delete process.env.BATON_COUNTS;
delete process.env.NODE_OPTIONS;

const { openSync, writeSync, writeFileSync, closeSync } = fs;
const names = new Map();
const counts = { writes: {}, bytes: {}, processes: {}, builtins: [] };

fs.openSync = (path, ...rest) => {
  const file = openSync(path, ...rest);
  names.set(file, basename(String(path)));
  return file;
};
fs.closeSync = (file) => {
  names.delete(file);
  closeSync(file);
};
fs.writeSync = (file, ...rest) => {
  const written = writeSync(file, ...rest);
  const name = names.get(file) ?? "other";
  counts.writes[name] = (counts.writes[name] ?? 0) + 1;
  counts.bytes[name] = (counts.bytes[name] ?? 0) + written;
  return written;
};

function countProcess(file) {
  counts.processes[file] = (counts.processes[file] ?? 0) + 1;
}
const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function (...options) {
  countProcess(options[0].file);
  return spawn.apply(this, options);
};
for (const name of ["spawnSync", "execFileSync", "execSync"]) {
  const original = childProcess[name];
  childProcess[name] = (...options) => {
    countProcess(options[0]);
    return original(...options);
  };
}

const builtins = new Set();
const { _load: load } = Module;
Module._load = (request, ...rest) => {
  if (Module.isBuiltin(request)) builtins.add(request.replace(/^node:/, ""));
  return load(request, ...rest);
};

process.on("exit", () => {
  counts.builtins = [...builtins].sort();
  writeFileSync(join(directory, `${process.pid}.json`), JSON.stringify(counts));
});
