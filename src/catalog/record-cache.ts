import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LowSync, type SyncAdapter } from "lowdb";
import { z } from "zod";
import { type CapabilityIssue, RecordReading } from "../model/capability.ts";
import { readRegularFile, readTextFile } from "../system/file.ts";
import type { FoundFile } from "./find-files.ts";
import { notAFile, unreadable } from "./find-files.ts";
import { readCapability } from "./read.ts";

/** Larger files are no capabilities: the largest known one is a third of this. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Baton neither reads nor writes a larger cache file. */
const MAX_CACHE_BYTES = 128 * 1024 * 1024;
/** Readings that are kept, those of this process first. */
const MAX_CACHED_RECORDS = 20_000;
/** Parsing fewer files than this again is faster than writing the cache. */
const MIN_NEW_RECORDS_TO_SAVE = 50;
/** A file that changed this shortly before a read may change again with the same stats. */
const RECENT_CHANGE_MS = 100;

const Kept = z.object({ key: z.string(), reading: RecordReading });
type Kept = z.infer<typeof Kept>;

/** `by`: the version that kept them. Another one may read the same bytes differently, so it forgets them. */
const Document = z.object({ by: z.string(), files: z.record(z.string(), z.unknown()) });
type Document = z.infer<typeof Document>;

export interface RecordCacheOptions {
  /** Where readings outlive the process; absent: nowhere. */
  readonly file?: string | undefined;
  /** Of this program. */
  readonly version: string;
  readonly now: () => number;
}

/** Parses each file once, until the file changes. */
export class RecordCache {
  private readonly kept = new Map<string, Kept>();
  /** What another process kept, looked at only when it is asked for. */
  private stored: Readonly<Record<string, unknown>> | undefined;
  private fresh = 0;
  private readonly room = Buffer.allocUnsafe(64 * 1024);
  private readonly cache: LowSync<Document> | undefined;
  /** Counts the files read, so that tests can see that the cache was used. */
  reads = 0;

  constructor(private readonly keeping: RecordCacheOptions) {
    const { file, version } = keeping;
    this.cache = file === undefined ? undefined : new LowSync(wholeFile(file, version), { by: version, files: {} });
  }

  of({ path, realPath }: FoundFile): { readonly reading: RecordReading; readonly stats: Stats } | CapabilityIssue {
    const known = this.kept.get(path) ?? this.restore(path);
    const seen = known && look(realPath);
    if (seen && known.key === keyOf(seen)) return { reading: known.reading, stats: seen };
    const read = readRegularFile(realPath, MAX_FILE_BYTES, { buffer: this.room });
    if ("reason" in read) {
      if (read.reason === "too_large") return tooLarge();
      return read.reason === "not_a_file" ? notAFile() : unreadable("file", new Error(read.message));
    }
    this.reads++;
    this.fresh++;
    const { stats } = read;
    const reading = readCapability(path, read.bytes);
    if (Math.abs(this.keeping.now() - stats.mtimeMs) < RECENT_CHANGE_MS) this.kept.delete(path);
    else this.kept.set(path, { key: keyOf(stats), reading });
    return { reading, stats };
  }

  /**
   * Writes down what was read, if that is worth it and there is a place for it. A cache that cannot be written is none.
   */
  save(): void {
    if (!this.cache || this.fresh < MIN_NEW_RECORDS_TO_SAVE) return;
    this.fresh = 0;
    const files: Record<string, unknown> = {};
    let room = MAX_CACHED_RECORDS;
    for (const [path, kept] of this.kept) if (room-- > 0) files[path] = kept;
    for (const [path, kept] of Object.entries(this.stored ?? {})) {
      if (!(path in files) && room-- > 0) files[path] = kept;
    }
    this.cache.data = { by: this.keeping.version, files };
    try {
      this.cache.write();
    } catch {
      // Everything is read again next time.
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
    // Reading it will say why.
    return undefined;
  }
}

/** Every write to a file changes one of these. */
const keyOf = ({ size, mtimeMs, ctimeMs, ino, dev }: Stats): string => `${size} ${mtimeMs} ${ctimeMs} ${ino} ${dev}`;

/**
 * lowdb's own file adapters write through one temporary name, on which two processes may meet; this one never lets half
 * a file be seen. It makes no directory: whoever only looks leaves nothing behind.
 */
function wholeFile(path: string, version: string): SyncAdapter<Document> {
  return {
    read() {
      try {
        const document = Document.parse(JSON.parse(readTextFile(path, MAX_CACHE_BYTES)));
        return document.by === version ? document : null;
      } catch {
        // Missing or damaged: there is no cache.
        return null;
      }
    },
    write(data) {
      if (!existsSync(dirname(path))) return;
      const text = JSON.stringify(data);
      if (Buffer.byteLength(text) > MAX_CACHE_BYTES) return;
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

const tooLarge = (): CapabilityIssue => ({
  code: "too-large",
  effect: "refused",
  message: "is larger than 1 MiB",
  mend: "Move everything but the instructions into separate files.",
});
