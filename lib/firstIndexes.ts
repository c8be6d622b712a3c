/** For each of a list, where the first with the same key is: itself, unless there is one before it. */
export function firstIndexes<T>(items: readonly T[], keyOf: (item: T) => unknown): number[] {
  const seen = new Map<unknown, number>();
  return items.map((item, index) => {
    const key = keyOf(item);
    const first = seen.get(key) ?? index;
    if (first === index) seen.set(key, index);
    return first;
  });
}
