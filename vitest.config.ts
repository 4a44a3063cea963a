import { availableParallelism, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// One key for all processes that tests start, and not the developer's own.
process.env.BATON_TRUST_KEY ??= join(tmpdir(), `baton-test-${userInfo().uid}.trust-key`);

const exclude = ["**/node_modules/**"];
const setupFiles = ["test/rig/rules/property-cases.ts"];

/** As many files at a time as there are cores, of which two are always taken for granted: the runner would leave one of two idle. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/**
 * Half a second of each file is reading vitest and what is tested. No test changes what a module or its process holds without taking it back, so
 * files can share that.
 */
const isolate = false;

const LONGEST = "test/crash/boundaries.test.ts";

/**
 * Project by project, since a worker takes up another file only of its own; what takes longest comes first, and the shortest last, where one core
 * would else wait for the other. How long files take the runner knows only where it has run before.
 */
class ProjectByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ["e2e", "hostile", "doers", "rules", "crash"];
    const rank = ({ project, moduleId }: TestSpecification) =>
      2 * order.indexOf(project.name) + (moduleId.endsWith(LONGEST) ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// The crash tests fight for the cores with the processes they kill, so they come last, with nothing beside them.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "rules",
          include: [
            "test/{model,workflow,run,routing,session,hosts,property,hostile/rules}/**/*.test.ts",
            "test/*.test.ts",
          ],
          exclude,
          setupFiles,
          isolate,
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "doers",
          include: [
            "test/{system,store,git,catalog,templates,project,engine,simulation,operations,mcp,cli,trust,size}/**/*.test.ts",
          ],
          exclude,
          setupFiles,
          isolate,
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "e2e",
          include: [
            "test/{e2e,guards}/**/*.test.ts",
            "test/hostile/{files,trust}/**/*.test.ts",
            "test/hostile/*.test.ts",
          ],
          exclude,
          setupFiles,
          isolate,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        // Git as a process, many times over; and clients that send megabytes: `npm run test:hostile`.
        test: {
          name: "hostile",
          include: ["test/hostile/{git,faces}/**/*.test.ts"],
          exclude,
          setupFiles,
          isolate,
          testTimeout: 120_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          exclude,
          setupFiles,
          isolate,
          testTimeout: 600_000,
          hookTimeout: 60_000,
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    sequence: { sequencer: ProjectByProject },
    coverage: {
      provider: "v8",
      include: ["src/run/**", "src/workflow/**", "src/routing/**", "src/session/**"],
      reporter: ["text"],
      thresholds: { lines: 100 },
    },
  },
});
