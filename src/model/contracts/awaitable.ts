/** A value, or a promise of it: local files answer at once, a database answers later. */
export type Awaitable<T> = T | Promise<T>;

/** Continues with a value: at once if it is there, so local files cost no turn, else when the promise resolves. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
