import type { Finding } from '../model/finding.ts';
import { shownKey } from './shown.ts';

/** One `traefik.*` label of a service. */
export interface Label {
  /** In lower case: what it is looked up by. */
  readonly name: string;
  /** In the spelling of the user, fit to be shown. */
  readonly key: string;
  /** In the spelling of the user, untouched: never for messages. */
  readonly rawKey: string;
  readonly value: string;
}

/** The `traefik.*` labels of one service, by lower-case name. */
export type LabelSet = ReadonlyMap<string, Label>;

/** What one concern made of the labels: its value, null where the service is refused, and what is to be said about it. */
export interface Understood<T> {
  readonly value: T | null;
  readonly findings: readonly Finding[];
}

const PREFIX = 'traefik.';

/**
 * Picks out the `traefik.*` labels; keys are matched without case. Where two keys differ in case alone, the one
 * nearer to lower case counts and the other is answered with `label-overridden`.
 */
export function collectLabels(raw: Readonly<Record<string, string>>): {
  readonly labels: LabelSet;
  readonly findings: readonly Finding[];
} {
  const labels = new Map<string, Label>();
  const keys = Object.keys(raw).filter(isTraefikKey);
  for (const rawKey of keys) {
    const name = rawKey.toLowerCase();
    const rival = labels.get(name);
    // Lower-case letters come last in code unit order, and the order of the input must not matter.
    if (rival === undefined || rival.rawKey < rawKey) {
      labels.set(name, { name, key: shownKey(rawKey), rawKey, value: raw[rawKey] ?? '' });
    }
  }
  const findings =
    labels.size === keys.length ? [] : keys.flatMap((key) => overridden(key, raw[key], labels));
  return { labels, findings };
}

/** The `traefik.*` labels as they are, in one order. */
export function traefikLabels(raw: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const keys = Object.keys(raw).filter(isTraefikKey).sort();
  return Object.fromEntries(keys.map((key) => [key, raw[key] ?? '']));
}

function isTraefikKey(key: string): boolean {
  return key.startsWith(PREFIX) || key.slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

function overridden(rawKey: string, value: string | undefined, labels: LabelSet): Finding[] {
  const winner = labels.get(rawKey.toLowerCase());
  if (winner === undefined || winner.rawKey === rawKey || winner.value === value) return [];
  const key = shownKey(rawKey);
  const message = `${key} has no effect: ${winner.key} is the same label in another spelling and wins; remove one of them.`;
  return [{ code: 'label-overridden', severity: 'warning', label: key, message }];
}
