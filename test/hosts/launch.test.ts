import { expect, test } from "vitest";
import { launchOf } from "../../src/hosts/launch.ts";

test.each([
  ["/home/me/baton/dist/baton.cjs", "/usr/bin/node"],
  ["/home/me/app/node_modules/baton-mcp/dist/baton.cjs", "/usr/bin/node"],
  ["/home/me/.npm/_npx/0123abcd/node_modules/baton-mcp/dist/baton.cjs", "npx"],
  ["/home/me/.npm/_npx/0123abcd/node_modules/other/dist/baton.cjs", "/usr/bin/node"],
])("starts %s with %s", (program, command) => {
  const args = command === "npx" ? ["-y", "baton-mcp", "serve"] : [program, "serve"];
  expect(launchOf("/usr/bin/node", program)).toEqual({ command, args });
});
