import type { Finding } from '../model/finding.ts';
import type { Label } from './label.ts';

/** Tells that a label of the community template's has no effect, since one of Traefik 1.7's speaks about the same thing. */
export function overridden(loser: Label, winner: Label): Finding {
  const message = `${loser.key} has no effect: ${winner.key} speaks about the same thing and wins; remove one of them.`;
  return { code: 'label-overridden', severity: 'warning', label: loser.key, message };
}
