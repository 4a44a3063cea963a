import { afterFrontmatter } from "../model/text/after-frontmatter.ts";
import { readRegularFile } from "./file.ts";

/** The largest file of a capability whose text goes into an assignment, in bytes. */
const MAX_FILE_BYTES = 256 * 1024;

/** What the file of a capability says to its worker; `undefined` if it cannot be read. */
export function readCapabilityText(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const read = readRegularFile(path, MAX_FILE_BYTES, { follow: true });
  return "reason" in read ? undefined : afterFrontmatter(read.bytes.toString("utf8"));
}
