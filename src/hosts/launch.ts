import type { Launch } from "./file-edit.ts";

/**
 * How a host starts Baton: as it was started itself. From npx's own cache, which npx may empty, that is npx again;
 * from anywhere else, the file that runs now. Baton gives npx only a name that came from npx: anyone could register
 * another one.
 */
export function launchOf(node: string, program: string): Launch {
  if (/[\\/]_npx[\\/].*[\\/]node_modules[\\/]baton-mcp[\\/]/.test(program))
    return { command: "npx", args: ["-y", "baton-mcp", "serve"] };
  return { command: node, args: [program, "serve"] };
}
