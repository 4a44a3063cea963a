import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { printCapabilities } from "./capability-print.ts";
import { scanDirectories, scanFields } from "./scan-directories.ts";

export const listCapabilities = defineOperation({
  name: "capabilities.list",
  summary: "list the skills and agents that Baton finds here",
  effect: "read",
  input: z.object(scanFields),
  handle: async (input, app) => scanDirectories(input, app),
  command: {
    usage: "registry",
    options: { roots: "--root <dir>" },
    print: (scan, { colors, screen }) => printCapabilities(scan, colors, screen),
    data: ({ records }) => records,
  },
});
