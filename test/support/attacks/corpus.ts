import type { Attack } from './attack.ts';
import { chunks } from './chunks.ts';
import { fields, rest, upgrades } from './fields.ts';
import { bodies, excess, forged, hops, remains } from './messages.ts';
import { codings, lengths } from './framing.ts';
import { lineEnds, requestLines } from './requestLines.ts';
import { hosts, targets } from './targets.ts';

/** The corpus, by class. */
export const ATTACKS: Readonly<Record<string, readonly Attack[]>> = {
  'request lines': requestLines,
  targets,
  'line ends': lineEnds,
  fields,
  hosts,
  lengths,
  'transfer codings': codings,
  chunks,
  bodies,
  'what follows a request': remains,
  'hop-by-hop fields': hops,
  'forged fields': forged,
  'excess of heads': excess,
  upgrades,
  'the rest': rest,
};
