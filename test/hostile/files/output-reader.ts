import { join } from "node:path";
import { readOutput } from "../../../src/engine/steps/output.ts";

/** Reads the output of a command in a directory, and prints the peak memory in kilobytes. */
const [, , directory] = process.argv;
void readOutput({ stdout: join(directory!, "out.log"), output: join(directory!, "output.json") }).then(({ ok }) => {
  process.stdout.write(JSON.stringify({ ok, kilobytes: process.resourceUsage().maxRSS }));
});
