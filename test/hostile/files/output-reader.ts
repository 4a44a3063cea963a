import { join } from "node:path";
import { readOutput } from "../../../src/engine/steps/output.ts";

/** Reads the output of a command in a directory, and tells how much memory it took at most, in kilobytes. */
const [, , directory] = process.argv;
void readOutput({ stdout: join(directory!, "out.log"), output: join(directory!, "output.json") }).then(({ ok }) => {
  process.stdout.write(JSON.stringify({ ok, kilobytes: process.resourceUsage().maxRSS }));
});
