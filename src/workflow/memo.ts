/**
 * Remembers what a pure function gave for a text. Bounded: when full it forgets everything, which costs a recompilation
 * and nothing else.
 */
export function memo<T>(compute: (text: string) => T, most = 2000): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = compute(text);
    if (known.size >= most) known.clear();
    known.set(text, value);
    return value;
  };
}
