import type { Attack } from './attack.ts';
import { chunks } from './chunks.ts';
import { fields, rest, upgrades } from './fields.ts';
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
  upgrades,
  'the rest': rest,
};
