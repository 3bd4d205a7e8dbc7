/**
 * What labels mean, said of one value: for people who ask how theirs were understood. Whether a value is right is for the
 * readers to say, whose findings stand beside these sentences.
 */

import { parseBool } from './bool.ts';
import { splitList } from './list.ts';
import { BALANCING_MEANINGS } from './meaningBalancing.ts';
import { ruleWords } from './meaningRule.ts';
import { recognise } from './registry.ts';
import { shown } from './shown.ts';

/** Whose label it is. */
export interface MeaningContext {
  readonly stack: string;
  readonly name: string;
  /** Null for a label of the service as a whole. */
  readonly segment: string | null;
}

/** Says what a value, which is not blank, asks for: a sentence without capital and full stop. Null: it asks for nothing that can be said. */
export type Meaning = (value: string, context: MeaningContext) => string | null;

/** A meaning for each label that works, by its documented name. */
export const MEANINGS: Readonly<Record<string, Meaning>> = {
  'traefik.enable': (value, context) => {
    if (value === 'stack')
      return `the service asks to be published, as ${context.stack}.<domain> where no label says otherwise`;
    const enabled = parseBool(value);
    if (enabled === null) return null;
    return enabled
      ? `the service asks to be published, as ${context.name}.${context.stack}.<domain> where no label says otherwise`
      : 'the service is not published';
  },
  'traefik.domain': (value) => `its hosts end in ${list(value)}`,
  'traefik.host.template': (value) => `its host is made as ${shown(value)} says`,
  'traefik.alias': (value, { name }) =>
    `it is reachable as ${list(value)} too, with each of its domains behind, as ${name} is`,
  'traefik.alias.fqdn': (value) => `it is reachable as ${list(value)} too`,
  'traefik.domain.regexp': (value) => `it is reachable under every host that matches ${list(value)} too`,
  'traefik.port': (value, context) =>
    /^\d{1,5}$/.test(value.trim())
      ? `requests go to port ${value.trim()} of ${whose(context)} containers`
      : null,
  'traefik.health.required': bool(
    'its containers receive requests only where Rancher says that they are healthy',
    'its containers receive requests although it defines no health check',
  ),
  'traefik.path': (value) => `only requests for exactly ${list(value)} reach it`,
  'traefik.path.prefix': (value) => `only requests for paths below ${list(value)} reach it`,
  'traefik.path.strip': (value) =>
    `only requests for exactly ${list(value)} reach it, which see the path / instead`,
  'traefik.path.prefix.strip': (value) =>
    `only requests for paths below ${list(value)} reach it, and what matched is cut off the path`,
  'traefik.frontend.rule': ruleWords,
  'traefik.priority': priority,
  'traefik.frontend.priority': (value) =>
    value.trim() === '0' ? 'its routes have no priority of their own' : priority(value),
  'traefik.frontend.passHostHeader': bool(
    'its servers see the Host that the client sent',
    'its servers see their own address as Host',
  ),
  'traefik.tags': (value) =>
    `it carries the tags ${splitList(value).length > 1 ? list(value).replaceAll(' or ', ' and ') : list(value)}, which LB_CONSTRAINTS may ask for`,
  'traefik.prefer.local': bool(
    'containers on the host of the load balancer come first, others while none of them can be used',
    'containers on all hosts are alike',
  ),
  'traefik.retry.attempts': (value) =>
    `a request that is safe to repeat is tried on ${shown(value.trim())} servers at most`,
  ...BALANCING_MEANINGS,
};

const BY_NAME: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(MEANINGS).map(([name, meaning]) => [name.toLowerCase(), meaning]),
);

/** What a label says, by its lower-case name; null where it is unknown, not supported, or its value cannot be understood. */
export function meaningOf(
  name: string,
  value: string,
  service: Pick<MeaningContext, 'stack' | 'name'>,
): string | null {
  const recognised = recognise(name);
  const meaning = recognised === null ? undefined : BY_NAME.get(recognised.known.name.toLowerCase());
  if (recognised === null || meaning === undefined) return null;
  if (value.trim() === '') return 'it is blank, which counts as absent';
  const { segment } = recognised;
  const said = meaning(value, { stack: service.stack, name: service.name, segment });
  return said === null || segment === null ? said : `of segment ${segment}: ${said}`;
}

function bool(ifTrue: string, ifFalse: string): Meaning {
  return (value) => {
    const truth = parseBool(value);
    return truth === null ? null : truth ? ifTrue : ifFalse;
  };
}

function priority(value: string): string | null {
  return /^[+-]?\d+$/.test(value.trim())
    ? `its routes have the priority ${value.trim()}: higher ones are tried first, and any before none`
    : null;
}

function whose({ segment }: MeaningContext): string {
  return segment === null ? 'its' : "the service's";
}

/** The entries of a list, as "a or b". */
function list(value: string): string {
  const entries = splitList(value);
  const told = entries.slice(0, 10).map((entry) => shown(entry).replace(/^"|"$/g, ''));
  return `${told.join(' or ')}${entries.length > told.length ? ` (and ${entries.length - told.length} more)` : ''}`;
}
