import fs from "node:fs";
import { dirname, join } from "node:path";

/**
 * A disk that loses power: it keeps what was flushed, and nothing else. Of a file the content at its last flush; of a directory the names that it had
 * at its own. A system may keep more than that, and promises no more.
 *
 * It listens to this process's calls of `node:fs`, so it knows nothing of what other processes flush.
 */
export class Disk {
  readonly #contents = new Map<number, Buffer>();
  readonly #entries = new Map<number, readonly (readonly [name: string, found: fs.Stats])[]>();
  readonly #opened = new Map<number, string>();

  /** @param base a directory that is there for good: what it holds now is on the disk */
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
      // What is written while it is under way may be on the disk afterwards, or not.
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

  /** Writes what would be there of a directory if the power failed now. */
  leave(directory: string, to: string): void {
    fs.mkdirSync(to, { recursive: true });
    const above = this.#entries.get(fs.statSync(dirname(directory)).ino) ?? [];
    const { ino } = fs.statSync(directory);
    if (above.some(([, found]) => found.ino === ino)) this.#leave(ino, to);
  }

  /** Where a name was flushed and what it names was not, that is there and empty. */
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
