import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**"];

// Real processes fight for the cores, so the suites that spawn run one file at a time; the pure ones run side by side.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "rules",
          include: ["test/{model,workflow,run,advice,session,reach,property}/**/*.test.ts", "test/*.test.ts"],
          exclude,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "doers",
          include: ["test/{os,store,git,catalog,library,project,engine,operations,mcp,cli,observe}/**/*.test.ts"],
          exclude,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          exclude,
          testTimeout: 600_000,
          hookTimeout: 60_000,
          fileParallelism: false,
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
