import type { Launch } from "./file-edit.ts";

/**
 * How a host starts Baton: as it was started itself. From npx's own cache, which npx may empty, that is npx again; from anywhere else, the
 * file that runs now. A name is never handed to npx that did not come from there: somebody else could register it.
 */
export function launchOf(node: string, program: string): Launch {
  if (/[\\/]_npx[\\/].*[\\/]node_modules[\\/]baton-mcp[\\/]/.test(program))
    return { command: "npx", args: ["-y", "baton-mcp", "serve"] };
  return { command: node, args: [program, "serve"] };
}
