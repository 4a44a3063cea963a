import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BATON } from "../rig/baton.ts";

const COUNTING = fileURLToPath(new URL("counting.cjs", import.meta.url));

/** What one process asked of the operating system: see `counting.cjs`. */
export interface Counts {
  /** How often it wrote with write(2), by the name of the file. */
  readonly writes: Readonly<Record<string, number>>;
  /** How many processes it started, by the program. */
  readonly processes: Readonly<Record<string, number>>;
  /** The modules of Node that it loaded. */
  readonly builtins: readonly string[];
}

/** A module of the program, and how many bytes of the bundle it is. */
export interface Module {
  readonly path: string;
  readonly bytes: number;
}

/** The environment in which the program counts, and the files that it leaves at its exit. */
export function countingIn(scratch: string) {
  const [counts, coverage] = [join(scratch, "counts"), join(scratch, "coverage")];
  mkdirSync(counts);
  const only = <T>(directory: string): T => {
    const files = readdirSync(directory);
    if (files.length !== 1) throw new Error(`${files.length} processes counted in ${directory}, not one`);
    return JSON.parse(readFileSync(join(directory, files[0]!), "utf8"));
  };
  return {
    env: { HOME: join(scratch, "home"), BATON_COUNTS: counts, NODE_OPTIONS: `--require ${JSON.stringify(COUNTING)}` },
    /** Additionally for `modules`: V8 counts which functions ran, exactly and on every machine alike. */
    coverage: { NODE_V8_COVERAGE: coverage },
    counts: () => only<Counts>(counts),
    modules: () => modulesThatRan(only<Coverage>(coverage)),
  };
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly functionName: string; readonly ranges: readonly { count: number }[] }[];
  }[];
}

/**
 * The bundle wraps most modules in a function that has the module's path as its name, and that runs when another module
 * needs it. The other modules run at every start.
 */
function modulesThatRan({ result }: Coverage): Module[] {
  const program = result.find(({ url }) => url.endsWith("/dist/program.cjs"));
  if (!program) throw new Error("V8 counted nothing in dist/program.cjs");
  const all = JSON.parse(readFileSync(join(BATON, "../program.modules.json"), "utf8")) as Record<string, number>;
  const skipped = new Set(
    program.functions
      .filter(({ functionName, ranges }) => functionName in all && ranges[0]!.count === 0)
      .map(({ functionName }) => functionName),
  );
  return Object.entries(all)
    .filter(([path, bytes]) => bytes > 0 && !skipped.has(path))
    .map(([path, bytes]) => ({ path, bytes }));
}
