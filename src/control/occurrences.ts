import type { EjectedServer, FailingServer } from '../model/condition.ts';
import type { Conditions } from './conditions.ts';
import type { Hold } from './events.ts';

/** Something that has happened, besides installs, which are in the history. Plain data. */
export type Occurrence =
  /** A server of the installed table was ejected, or put on probation. */
  | { readonly kind: 'ejected'; readonly server: EjectedServer }
  /** A server gets its share of requests again. */
  | { readonly kind: 'readmitted'; readonly server: EjectedServer }
  /** Other conditions differ: of checks, of circuit breakers, until when a server is ejected. */
  | { readonly kind: 'conditions' }
  /** The source cannot be read: told of the first failure, and of each that is for another reason than the one before. */
  | { readonly kind: 'metadata-failing'; readonly at: number; readonly error: string }
  | { readonly kind: 'metadata-recovered'; readonly at: number }
  /** A refresh is held, and none was before. */
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'hold-ended' };

/** What has happened when these conditions of a table have taken the place of others. */
export function occurrencesBetween(before: Conditions, after: Conditions): readonly Occurrence[] {
  const occurrences: Occurrence[] = [];
  let isOther = !sameBreakers(before, after) || !sameFailing(before, after);
  for (const [key, server] of after.ejected) {
    const was = before.ejected.get(key);
    if (was === undefined || isOnProbation(was) !== isOnProbation(server)) {
      occurrences.push({ kind: 'ejected', server });
    } else if (was.until !== server.until || was.reason !== server.reason) isOther = true;
  }
  for (const [key, server] of before.ejected) {
    if (!after.ejected.has(key)) occurrences.push({ kind: 'readmitted', server });
  }
  return isOther ? [...occurrences, { kind: 'conditions' }] : occurrences;
}

function isOnProbation({ until }: EjectedServer): boolean {
  return until === null;
}

function sameFailing({ failing: before }: Conditions, { failing: after }: Conditions): boolean {
  const isSame = ([key, { reason }]: [string, FailingServer]): boolean => before.get(key)?.reason === reason;
  return before.size === after.size && [...after].every(isSame);
}

function sameBreakers({ breakers: before }: Conditions, { breakers: after }: Conditions): boolean {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].every((id) => (before.get(id) ?? 'closed') === (after.get(id) ?? 'closed'));
}
