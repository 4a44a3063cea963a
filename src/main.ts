import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import pc from "picocolors";
import { createBaton } from "./app.ts";
import { runProgram } from "./cli/program.ts";
import { ConfigError, readConfig } from "./config.ts";
import { launchOf } from "./hosts/launch.ts";
import { log } from "./observe/log.ts";

declare const BATON_VERSION: string;

/** Shipped files lie beside `dist`, both in a checkout and in an installed package. */
const PROGRAM = realpathSync(process.argv[1]!);
const SHIPPED = dirname(dirname(PROGRAM));

/** The only reader of argv and environment. */
async function main(): Promise<number> {
  const { argv, env, stdin, stdout } = process;
  // Without arguments and without a terminal, a host started the program, so it serves.
  const args = argv.length === 2 ? [stdin.isTTY ? "menu" : "serve"] : argv.slice(2);
  return runProgram(args, BATON_VERSION, {
    screen: {
      isTTY: stdout.isTTY === true,
      get columns() {
        // A terminal that does not know its size says 0.
        return stdout.columns || 80;
      },
      get rows() {
        return stdout.rows || 24;
      },
      write: (text) => void stdout.write(text),
    },
    colors: pc.isColorSupported && stdout.isTTY === true,
    error: (text) => void process.stderr.write(`${text}\n`),
    errorIsTTY: process.stderr.isTTY === true,
    baton(role, flags) {
      const config = readConfig({ flags, environment: env, cwd: process.cwd(), home: homedir() });
      for (const note of config.notes) log(note);
      const baton = createBaton(config, role, {
        environment: env,
        version: BATON_VERSION,
        home: homedir(),
        shipped: SHIPPED,
        self: [process.execPath, ...process.execArgv, argv[1]!],
      });
      // leave() is synchronous, and kills the processes of running steps.
      for (const [signal, number] of [
        ["SIGTERM", 15],
        ["SIGHUP", 1],
      ] as const) {
        process.once(signal, () => {
          baton.leave();
          process.exit(128 + number);
        });
      }
      return baton;
    },
    async serve(baton, plugin) {
      // The MCP SDK is large, and commands do not need it.
      const { serveMcp } = await import("./mcp/server.ts");
      return new Promise((resolve) => {
        const end = () => {
          baton.leave();
          resolve(0);
        };
        process.once("SIGINT", end);
        // An error in one run or call must not end the server for the others.
        process.on("uncaughtException", (error) => log(error.stack ?? String(error)));
        process.on("unhandledRejection", (error) => log(String(error)));
        baton.watch();
        serveMcp(baton, BATON_VERSION, end, plugin);
      });
    },
    onInterrupt(listener) {
      process.on("SIGINT", listener);
      return () => process.off("SIGINT", listener);
    },
    keyGiven: (env.BATON_TRUST_KEY ?? "") !== "",
    machine: {
      cwd: process.cwd(),
      home: homedir(),
      settings: env.XDG_CONFIG_HOME || join(homedir(), ".config"),
      launch: launchOf(process.execPath, PROGRAM),
      ...(stdin.isTTY && stdout.isTTY && { confirm }),
    },
  });
}

/** Anything but y or yes counts as no, also the end of input. */
async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    return /^y(es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), ended])).trim());
  } finally {
    lines.close();
  }
}

// stderr has no reader any longer. Logging that would fail again, without end.
process.stderr.on("error", () => {});
// stdout has no reader any longer. The work goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

main().then(
  (code) => {
    process.exitCode = code;
    // Exit only after pending output has reached its pipe.
    process.stdout.write("", () => process.exit(code));
  },
  (error) => {
    log(error instanceof ConfigError ? error.message : (error.stack ?? String(error)));
    process.exit(error instanceof ConfigError ? 2 : 1);
  },
);
