import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**"];

/** As many files at a time as there are cores, of which two are always taken for granted: the runner would leave one of two idle. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/**
 * Half a second of each file is reading vitest and what is tested. No test changes what a module or its process holds without taking it back, so
 * files can share that.
 */
const isolate = false;

// The crash tests fight for the cores with the processes they kill, so they come last, with nothing beside them.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "rules",
          include: ["test/{model,workflow,run,advice,session,reach,property}/**/*.test.ts", "test/*.test.ts"],
          exclude,
          isolate,
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "doers",
          include: ["test/{os,store,git,catalog,library,project,engine,operations,mcp,cli,observe}/**/*.test.ts"],
          exclude,
          isolate,
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude,
          isolate,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          exclude,
          isolate,
          testTimeout: 600_000,
          hookTimeout: 60_000,
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/run/**", "src/workflow/**", "src/advice/**", "src/session/**"],
      reporter: ["text"],
      thresholds: { lines: 100 },
    },
  },
});
