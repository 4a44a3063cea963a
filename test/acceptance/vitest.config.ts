import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// One key for the servers that hosts start and for the tests, whose homes differ.
process.env.BATON_TRUST_KEY ??= join(tmpdir(), `baton-test-${userInfo().uid}.trust-key`);

// Real hosts, a quarter of a gigabyte each: `npm run test:acceptance`, and no part of `npm test`.
export default defineConfig({
  test: {
    name: "acceptance",
    include: ["test/acceptance/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 900_000,
    fileParallelism: false,
    reporters: ["verbose"],
  },
});
