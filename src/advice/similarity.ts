export function similarity(a: string, b: string): number {
  return a === b ? 1 : 0;
}
