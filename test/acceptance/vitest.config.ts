import { defineConfig } from "vitest/config";

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
