/**
 * A binary min-heap of step indices. An entry's key is fixed when it is added. No entry is removed from the middle:
 * stale entries are dropped when they reach the top (`prune`), so every operation costs O(log n).
 */
export class Heap {
  private readonly items: { index: number; key: number }[] = [];

  /** The entry with the smallest key. Equal keys come in order of their index. */
  peek(): { readonly index: number; readonly key: number } | undefined {
    return this.items[0];
  }

  push(index: number, key: number): void {
    const items = this.items;
    items.push({ index, key });
    let child = items.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.before(child, parent)) break;
      this.swap(child, parent);
      child = parent;
    }
  }

  /** Drops stale entries from the top. */
  prune(current: (index: number, key: number) => boolean): void {
    for (let top = this.items[0]; top && !current(top.index, top.key); top = this.items[0]) this.pop();
  }

  clear(): void {
    this.items.length = 0;
  }

  private pop(): void {
    const items = this.items;
    const last = items.pop()!;
    if (items.length === 0) return;
    items[0] = last;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const child = right < items.length && this.before(right, left) ? right : left;
      if (!this.before(child, parent)) return;
      this.swap(child, parent);
      parent = child;
    }
  }

  private before(a: number, b: number): boolean {
    const x = this.items[a]!;
    const y = this.items[b]!;
    return x.key < y.key || (x.key === y.key && x.index < y.index);
  }

  private swap(a: number, b: number): void {
    const item = this.items[a]!;
    this.items[a] = this.items[b]!;
    this.items[b] = item;
  }
}
