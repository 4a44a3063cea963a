import { basename, dirname } from "node:path";
import type { Capability, CapabilityIssue, CapabilityKind } from "../model/capability.ts";

/** What a file's place calls its capability: a skill after its folder, an agent after its file. */
export function placeName(path: string, kind: CapabilityKind): string {
  return kind === "skill" ? basename(dirname(path)) : basename(path).replace(/(\.agent|\.chatmode)?\.md$/, "");
}

const SPECIFIED = /^(?!.*--)[\p{Ll}\p{Lo}\p{N}](?:[\p{Ll}\p{Lo}\p{N}-]{0,62}[\p{Ll}\p{Lo}\p{N}])?$/u;

/**
 * What the Agent Skills specification demands and the file does not keep. Most files in the wild keep not all of it:
 * advice, never a refusal.
 */
export function checkAgainstSpecification(
  path: string,
  { kind, name, nameSource, description }: Capability,
  lineOf: (key: string) => number | undefined,
): CapabilityIssue[] {
  const findings: CapabilityIssue[] = [];
  const advise = (code: string, key: string, message: string, mend: string) => {
    const line = lineOf(key);
    findings.push({ code, effect: "advice", ...(line !== undefined && { line }), message, mend });
  };
  const expected = placeName(path, kind);
  if (nameSource === "path") {
    advise("name-missing", "name", "has no name; Baton names it after its path", `Write "name: ${expected}".`);
  } else {
    if (!SPECIFIED.test(name)) {
      const mend = "Use up to 64 lower-case letters, digits and single hyphens.";
      advise("name-form", "name", `other loaders may refuse the name "${name.slice(0, 80)}"`, mend);
    }
    if (name !== expected) {
      const place = kind === "skill" ? "folder" : "file";
      advise("name-differs", "name", `the name differs from the ${place}'s, "${expected}"`, "Make them the same.");
    }
  }
  if (description === "") {
    advise("description-missing", "description", "has no description", "Describe what it does and when to use it.");
  } else if (description.length > 1024) {
    const message = `the description is ${description.length} characters long`;
    advise("description-long", "description", message, "Keep it within 1,024; move examples below the frontmatter.");
  }
  return findings;
}
