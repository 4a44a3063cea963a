/** Leaves room for the part that makes an id unique. */
const MAX_SLUG_LENGTH = 60;

/** Gives every step an id that people recognise: from its names, and unique ignoring case. */
export class IdAllocator {
  private readonly taken: Set<string>;

  /** @param own the ids that the author wrote, which come before any other */
  constructor(own: Iterable<unknown> = []) {
    this.taken = new Set([...own].filter((id) => typeof id === "string").map((id) => id.toLowerCase()));
  }

  /** The first free name; if none is free, the last one with a number. */
  allocate(names: readonly string[]): string {
    const last = names[names.length - 1]!;
    let id = names.find((name) => !this.taken.has(name.toLowerCase())) ?? last;
    for (let n = 2; this.taken.has(id.toLowerCase()); n++) id = `${last}-${n}`;
    this.taken.add(id.toLowerCase());
    return id;
  }
}

/** A name as part of an id; `otherwise` if none of its characters can be. */
export function slug(name: unknown, otherwise: string): string {
  if (typeof name !== "string") return otherwise;
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[-.]+/, "")
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/[-.]+$/, "");
  return plain === "" ? otherwise : plain;
}
