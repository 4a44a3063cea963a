import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Holder } from "../model/contracts/store.ts";

/**
 * What the operating system tells about processes: on Linux through /proc, on macOS through ps and sysctl. The pid and
 * the start time together identify a process, since the system reuses pids.
 */

const LINUX = process.platform === "linux";

/** The start time of a process, as the system writes it; `undefined`: there is no such process, or only its zombie. */
export function startTimeOf(pid: number): string | undefined {
  if (LINUX) return statOf(pid)?.started;
  const [state, started] =
    runQuietly("ps", ["-o", "stat=", "-o", "lstart=", "-p", String(pid)])?.split(/\s+(.*)/) ?? [];
  return state?.startsWith("Z") ? undefined : started;
}

let identity: Holder | undefined;

/** The identity of this process, as leases record it. */
export function ownIdentity(): Holder {
  identity ??= {
    pid: process.pid,
    processStarted: startTimeOf(process.pid) ?? "",
    bootId:
      (LINUX
        ? readQuietly("/proc/sys/kernel/random/boot_id")?.trim()
        : runQuietly("sysctl", ["-n", "kern.bootsessionuuid"])) ?? "",
    pidNamespace: LINUX ? pidNamespace() : "",
  };
  return identity;
}

/**
 * Whether the process of a lease's holder lives. `unknown`: it belongs to another boot or pid namespace, whose pids
 * mean nothing here, or the system does not tell which.
 */
export function holderLiveness(holder: Holder): "alive" | "gone" | "unknown" {
  const { bootId, pidNamespace } = ownIdentity();
  if (bootId === "" || holder.bootId !== bootId || holder.pidNamespace !== pidNamespace) return "unknown";
  return startTimeOf(holder.pid) === holder.processStarted ? "alive" : "gone";
}

/** The pid namespace. If the system does not tell it, a random text: then no holder counts as one of this namespace. */
function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return randomUUID();
  }
}

/** Sends a signal to a whole process group. False if the group has no process that this user may signal. */
export function killGroup(group: number, signal: NodeJS.Signals): boolean {
  // For kill(2), 0 means the caller's own group, and -1 means every process.
  if (!(group > 1)) return false;
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // Another user's processes cannot be killed; on macOS, neither can zombies.
    if (["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** Whether a process of the group still lives. Zombies do not count: their parent may never collect them. */
export function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (!LINUX) return true;
  return allPids().some((pid) => statOf(pid)?.group === group);
}

/**
 * The processes of this user whose environment holds all of these variables, except this process and its ancestors.
 */
export function findByEnvironment(variables: Readonly<Record<string, string>>): number[] {
  const wanted = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const excluded = ownAncestry();
  if (!LINUX) return findByPs(wanted, excluded);
  return allPids().filter((pid) => {
    if (excluded.has(pid)) return false;
    const held = readQuietly(`/proc/${pid}/environ`);
    // A cheap check first: most processes fail it, and need no split.
    if (held === undefined || !wanted.every((entry) => held.includes(entry))) return false;
    const entries = new Set(held.split("\0"));
    return wanted.every((entry) => entries.has(entry)) && startTimeOf(pid) !== undefined;
  });
}

function findByPs(wanted: readonly string[], excluded: ReadonlySet<number>): number[] {
  // `-E` adds the environment. `e` does so on other BSDs, but on macOS it means all processes.
  const listing = runQuietly("ps", ["-axEww", "-o", "pid=,command="]) ?? "";
  return listing
    .split("\n")
    .filter((line) => wanted.every((entry) => ` ${line} `.includes(` ${entry} `)))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid > 0 && !excluded.has(pid));
}

function ownAncestry(): Set<number> {
  const line = new Set([process.pid, process.ppid]);
  for (let pid = process.ppid; LINUX && pid > 1; ) {
    pid = statOf(pid)?.parent ?? 0;
    line.add(pid);
  }
  return line;
}

function allPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Fields of /proc/<pid>/stat, counted from the end of the name in parentheses, which may hold anything (proc(5)). */
function statOf(pid: number): { parent: number; group: number; started: string } | undefined {
  const text = readQuietly(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return { parent: Number(fields[1]), group: Number(fields[2]), started: fields[19]! };
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended meanwhile, or this user may not read the file.
    return undefined;
  }
}

/**
 * The environment of helper commands: processes with different languages and time zones must get the same start time.
 */
const PLAIN_ENVIRONMENT = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC0" };

function runQuietly(command: string, args: readonly string[]): string | undefined {
  try {
    return (
      execFileSync(command, args, {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        env: PLAIN_ENVIRONMENT,
      }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
