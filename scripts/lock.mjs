// Brings the lock file up to date without the addresses that packages came from: those belong to whoever installs.
// (npm's own omit-lockfile-registry-resolved also leaves out the optional packages of other platforms, and `npm ci` then refuses.)
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], { stdio: "inherit" });
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.resolved;
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
