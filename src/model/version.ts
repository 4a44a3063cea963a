/** Three numbers, and perhaps a pre-release: `1.2.0`, `2.0.0-rc.1`. */
export const VERSION =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
export const VERSION_RULE = "must be three numbers, as in 1.2.0";

/** The version of a template that names none. */
export const FIRST_VERSION = "1.0.0";

/** Whether a text may follow `name@`: a version, or the beginning of one. */
export const isSelector = (text: string): boolean => VERSION.test(text) || /^\d{1,9}(\.\d{1,9})?$/.test(text);

/** In the order of semantic versioning: negative if `left` comes first. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseVersion(left), parseVersion(right)];
  for (const i of [0, 1, 2] as const) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i]! - b.numbers[i]!;
  // A pre-release comes before its release.
  if (a.before === undefined || b.before === undefined)
    return Number(a.before === undefined) - Number(b.before === undefined);
  return comparePreReleases(a.before.split("."), b.before.split("."));
}

/**
 * The version that a selector means: exactly that one; the highest that begins with `1` or `1.2`; without a selector
 * the highest. A pre-release counts only by its whole name, or if there is nothing else.
 */
export function selectVersion(versions: readonly string[], selector: string | undefined): string | undefined {
  if (selector !== undefined && VERSION.test(selector)) return versions.find((version) => version === selector);
  const prefix = selector === undefined ? "" : `${selector}.`;
  const fitting = versions.filter((version) => version.startsWith(prefix));
  const released = fitting.filter((version) => parseVersion(version).before === undefined);
  return (released.length > 0 ? released : fitting).sort(compareVersions).at(-1);
}

export const BUMPS = ["major", "minor", "patch"] as const;

/** The version after another one. */
export function bump(version: string, by: (typeof BUMPS)[number]): string {
  const [major = 0, minor = 0, patch = 0] = parseVersion(version).numbers;
  if (by === "major") return `${major + 1}.0.0`;
  return by === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

function parseVersion(version: string): { readonly numbers: readonly number[]; readonly before: string | undefined } {
  const [, major, minor, patch, before] = VERSION.exec(version) ?? [];
  return { numbers: [Number(major), Number(minor), Number(patch)], before };
}

function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i], right[i]];
    if (a === b) continue;
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const [isNumber, otherIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (isNumber && otherIsNumber) return Number(a) - Number(b);
    if (isNumber !== otherIsNumber) return isNumber ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}
