/** What is longer would cost more memory than time is saved. */
const MAX_KEY_LENGTH = 1000;

/**
 * The same as `make`, which must be pure, but what was made is kept for the next time. Beyond `limit` all is forgotten, and a
 * long key is not kept at all: keys come from labels, so there is no end to them.
 */
export function remembered<T>(limit: number, make: (key: string) => T): (key: string) => T {
  const made = new Map<string, { readonly value: T }>();
  return (key) => {
    if (key.length > MAX_KEY_LENGTH) return make(key);
    const known = made.get(key);
    if (known !== undefined) return known.value;
    const value = make(key);
    if (made.size >= limit) made.clear();
    made.set(key, { value });
    return value;
  };
}
