import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LowSync, type SyncAdapter } from "lowdb";
import { z } from "zod";
import { type Finding, Reading } from "../model/capability.ts";
import { readRegularFile, readTextFile } from "../system/file.ts";
import type { Found } from "./find-files.ts";
import { notAFile, unreadable } from "./find-files.ts";
import { readCapability } from "./read.ts";

/** Larger files are no capabilities: the largest known one is a third of this. */
const LARGEST_FILE = 1024 * 1024;
/** Bytes of the cache file. A larger one is no cache, and is not written either. */
const LARGEST_CACHE = 128 * 1024 * 1024;
/** How many readings are cached, this process's first. */
const MOST_KEPT = 20_000;
/** Reading fewer new files again is faster than writing them. */
const WORTH_WRITING = 50;
/** Milliseconds after a change in which a file may change again without looking different. */
const RACY = 100;

const Kept = z.object({ key: z.string(), reading: Reading });
type Kept = z.infer<typeof Kept>;

/**
 * `by`: the version that wrote the cache. Another version may read the same bytes differently, so it ignores the
 * cache.
 */
const Document = z.object({ by: z.string(), files: z.record(z.string(), z.unknown()) });
type Document = z.infer<typeof Document>;

export interface Keeping {
  /** The cache file. Absent: readings end with the process. */
  readonly file?: string | undefined;
  /** The version of this program. */
  readonly version: string;
  readonly now: () => number;
}

/** The readings of files. Each is made once while its file stays the same. */
export class Readings {
  private readonly kept = new Map<string, Kept>();
  /** What another process cached. Each entry is checked only when it is needed. */
  private stored: Readonly<Record<string, unknown>> | undefined;
  private fresh = 0;
  private readonly room = Buffer.allocUnsafe(64 * 1024);
  private readonly cache: LowSync<Document> | undefined;
  /** How many files were read, for callers that want to know that none was. */
  reads = 0;

  constructor(private readonly keeping: Keeping) {
    const { file, version } = keeping;
    this.cache = file === undefined ? undefined : new LowSync(wholeFile(file, version), { by: version, files: {} });
  }

  of({ path, realPath }: Found): { readonly reading: Reading; readonly stats: Stats } | Finding {
    const known = this.kept.get(path) ?? this.restore(path);
    const seen = known && look(realPath);
    if (seen && known.key === keyOf(seen)) return { reading: known.reading, stats: seen };
    const read = readRegularFile(realPath, LARGEST_FILE, { buffer: this.room });
    if ("reason" in read) {
      if (read.reason === "too_large") return tooLarge();
      return read.reason === "not_a_file" ? notAFile() : unreadable("file", new Error(read.message));
    }
    this.reads++;
    this.fresh++;
    const { stats } = read;
    const reading = readCapability(path, read.bytes);
    if (Math.abs(this.keeping.now() - stats.mtimeMs) < RACY) this.kept.delete(path);
    else this.kept.set(path, { key: keyOf(stats), reading });
    return { reading, stats };
  }

  /** Writes the cache if it is worth it. A cache that cannot be written is no cache. */
  save(): void {
    if (!this.cache || this.fresh < WORTH_WRITING) return;
    this.fresh = 0;
    const files: Record<string, unknown> = {};
    let room = MOST_KEPT;
    for (const [path, kept] of this.kept) if (room-- > 0) files[path] = kept;
    for (const [path, kept] of Object.entries(this.stored ?? {})) {
      if (!(path in files) && room-- > 0) files[path] = kept;
    }
    this.cache.data = { by: this.keeping.version, files };
    try {
      this.cache.write();
    } catch {
      // The next process reads everything again.
    }
  }

  private restore(path: string): Kept | undefined {
    if (this.stored === undefined) {
      this.cache?.read();
      this.stored = this.cache?.data.files ?? {};
    }
    if (!Object.hasOwn(this.stored, path)) return undefined;
    const kept = Kept.safeParse(this.stored[path]);
    if (!kept.success) return undefined;
    this.kept.set(path, kept.data);
    return kept.data;
  }
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    // Reading the file will give the reason.
    return undefined;
  }
}

/** Every write to a file changes one of these. */
const keyOf = ({ size, mtimeMs, ctimeMs, ino, dev }: Stats): string => `${size} ${mtimeMs} ${ctimeMs} ${ino} ${dev}`;

/**
 * lowdb's own file adapters write through one temporary name, on which two processes may collide. This one never shows
 * half a file. It creates no directory, so a process that only reads leaves nothing behind.
 */
function wholeFile(path: string, version: string): SyncAdapter<Document> {
  return {
    read() {
      try {
        const document = Document.parse(JSON.parse(readTextFile(path, LARGEST_CACHE)));
        return document.by === version ? document : null;
      } catch {
        // Missing or damaged: there is no cache.
        return null;
      }
    },
    write(data) {
      if (!existsSync(dirname(path))) return;
      const text = JSON.stringify(data);
      if (Buffer.byteLength(text) > LARGEST_CACHE) return;
      const temporary = join(dirname(path), `.tmp-${randomUUID()}`);
      try {
        writeFileSync(temporary, text, { mode: 0o600 });
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
  };
}

const tooLarge = (): Finding => ({
  code: "too-large",
  effect: "refused",
  message: "is larger than 1 MiB",
  mend: "Move what is not instructions into files beside it.",
});
