/** Characters of all the texts that one memory holds: what is made of a text is many times as large. */
const MOST_CHARACTERS = 500_000;

/**
 * Remembers what a pure function gave for a text. Bounded: when full it forgets everything, which costs a recompilation
 * and nothing else.
 */
export function memoize<T>(compute: (text: string) => T, most = 2000): (text: string) => T {
  const known = new Map<string, T>();
  let characters = 0;
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = compute(text);
    characters += text.length;
    if (known.size >= most || characters > MOST_CHARACTERS) {
      known.clear();
      characters = text.length;
    }
    known.set(text, value);
    return value;
  };
}
