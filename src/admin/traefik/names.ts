import { createHash } from 'node:crypto';
import { groupBy } from '../../control/group.ts';

/** Characters of a name: what is longer ends in a hash of all of it. */
const MAX_LENGTH = 200;

const SEPARATORS = /[^\p{L}\p{N}]+/gu;

/** A text as Traefik makes names of it: letters and numbers, with a dash for all that is between them. */
export function normalized(text: string): string {
  const name = text.replace(SEPARATORS, '-').replace(/^-|-$/g, '');
  return name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH)}-${hashOf(name)}` : name;
}

/**
 * A name for each thing: the one that it wants, unless others want it too. Those have a hash of their own `key` behind it, all of them, so
 * that none is ever taken for another.
 */
export function uniqueNames<T>(
  things: readonly T[],
  wanted: (thing: T) => string,
  key: (thing: T) => string,
): ReadonlyMap<T, string> {
  const rivals = groupBy(things, wanted);
  const taken = new Set(rivals.keys());
  const names = new Map<T, string>();
  for (const [wish, [first, ...others]] of rivals) {
    if (others.length === 0) names.set(first, wish);
    else
      for (const thing of [first, ...others])
        names.set(thing, freeName(`${wish}-${hashOf(key(thing))}`, taken));
  }
  return names;
}

/** Two may have the same hash, and anybody can give a service a name that ends like one. */
function freeName(own: string, taken: Set<string>): string {
  let name = own;
  for (let n = 2; taken.has(name); n++) name = `${own}-${n}`;
  taken.add(name);
  return name;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
