/** Characters of all texts that one cache holds; the values made of them are many times as large. */
const MAX_CACHED_CHARACTERS = 500_000;

/**
 * Caches the results of a pure function of a text. A full cache is emptied: that costs computing again, and nothing
 * else.
 * @param maxEntries how many results the cache holds
 */
export function memoize<T>(compute: (text: string) => T, maxEntries = 2000): (text: string) => T {
  const known = new Map<string, T>();
  let characters = 0;
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T;
    const value = compute(text);
    characters += text.length;
    if (known.size >= maxEntries || characters > MAX_CACHED_CHARACTERS) {
      known.clear();
      characters = text.length;
    }
    known.set(text, value);
    return value;
  };
}
