import type { Finding } from '../model/finding.ts';
import { findingOf, type Label } from './label.ts';

/** Tells that a label has no effect, since another one that wins over it speaks about the same thing. */
export function overridden(loser: Label, winner: Label): Finding {
  const message = `${loser.key} has no effect: ${winner.key} speaks about the same thing and wins; remove one of them.`;
  return findingOf(loser, 'label-overridden', 'warning', message);
}

/** Tells that a label has no effect, since what it is an option of is off; `remedy` says how to switch that on. */
export function withoutEffect(option: Label, reason: string, remedy: string): Finding {
  const message = `${option.key} has no effect: ${reason}; ${remedy}, or remove the label.`;
  return findingOf(option, 'invalid-label', 'warning', message);
}
