import fs from "node:fs";
import { dirname, join } from "node:path";

/**
 * A disk that loses power: it keeps what was flushed, and nothing else. For a file this is its content at its last
 * flush, for a directory its names at its own last flush. A real system may keep more, but promises no more.
 *
 * It observes this process's calls of `node:fs`, so it does not see what other processes flush.
 */
export class Disk {
  readonly #contents = new Map<number, Buffer>();
  readonly #entries = new Map<number, readonly (readonly [name: string, found: fs.Stats])[]>();
  readonly #opened = new Map<number, string>();

  /** @param base an existing directory, whose current content counts as flushed */
  constructor(readonly base: string) {
    this.#flush(base);
    const { openSync, fsyncSync, fdatasync, writeFileSync } = fs;
    fs.openSync = (path, ...rest) => {
      const file = openSync(path, ...rest);
      this.#opened.set(file, String(path));
      return file;
    };
    fs.fsyncSync = (file) => {
      fsyncSync(file);
      this.#flush(this.#opened.get(file)!);
    };
    fs.fdatasync = ((file: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      // Data that is written during the flush may or may not be on the disk afterwards.
      const path = this.#opened.get(file)!;
      const content = fs.readFileSync(path);
      const { ino } = fs.statSync(path);
      fdatasync(file, (error) => {
        if (!error) this.#contents.set(ino, content);
        done(error);
      });
    }) as typeof fs.fdatasync;
    fs.writeFileSync = (path, data, options) => {
      writeFileSync(path, data, options);
      if (typeof options === "object" && options?.flush) this.#flush(String(path));
    };
  }

  #flush(path: string): void {
    const { ino } = fs.statSync(path);
    if (!fs.statSync(path).isDirectory()) return void this.#contents.set(ino, fs.readFileSync(path));
    this.#entries.set(
      ino,
      fs.readdirSync(path).map((name) => [name, fs.lstatSync(join(path, name))] as const),
    );
  }

  /** Writes what would be left of a directory if the power failed now. */
  leave(directory: string, to: string): void {
    fs.mkdirSync(to, { recursive: true });
    const above = this.#entries.get(fs.statSync(dirname(directory)).ino) ?? [];
    const { ino } = fs.statSync(directory);
    if (above.some(([, found]) => found.ino === ino)) this.#leave(ino, to);
  }

  /** An entry whose name was flushed, but not its content, exists and is empty. */
  #leave(inode: number, to: string): void {
    for (const [name, found] of this.#entries.get(inode) ?? []) {
      const path = join(to, name);
      if (!found.isDirectory()) {
        fs.writeFileSync(path, this.#contents.get(found.ino) ?? "");
        continue;
      }
      fs.mkdirSync(path);
      this.#leave(found.ino, path);
    }
  }
}
