import { parseBool } from './bool.ts';
import type { Meaning } from './meaning.ts';
import { shown } from './shown.ts';

const METHODS: Readonly<Record<string, string>> = {
  wrr: 'servers take turns by their weight (wrr)',
  drr: 'servers take turns by their weight, and slow or failing ones less often (drr)',
  least: 'of two servers the one with fewer requests in flight is taken (least)',
};

function bool(ifTrue: string, ifFalse: string): Meaning {
  return (value) => {
    const truth = parseBool(value);
    return truth === null ? null : truth ? ifTrue : ifFalse;
  };
}

const sticky = bool(
  'a client stays with the server that it was first sent to, by a cookie',
  'every request is balanced for itself',
);

/** What labels about servers and their balancing mean (`meaning.ts`). */
export const BALANCING_MEANINGS: Readonly<Record<string, Meaning>> = {
  'traefik.weight': (value) =>
    value.trim() === '0'
      ? 'its servers have the weight 0: they receive no new clients'
      : `each of its servers has the weight ${shown(value.trim())}, in proportion to others of the same backend`,
  'traefik.protocol': (value) => `requests go to its servers by ${shown(value.trim().toLowerCase())}`,
  'traefik.sticky': sticky,
  'traefik.backend': (value, { stack }) =>
    `it is balanced together with all services of the stack ${stack} that name the backend ${shown(value)}`,
  'traefik.backend.circuitbreaker.expression': (value) =>
    `requests are answered 503 for a while when ${shown(value)} holds`,
  'traefik.backend.loadbalancer.method': (value) => METHODS[value.trim().toLowerCase()] ?? null,
  'traefik.backend.loadbalancer.sticky': sticky,
  'traefik.backend.loadbalancer.stickiness': sticky,
  'traefik.backend.loadbalancer.stickiness.secure': bool(
    'browsers send the cookie of stickiness by https alone',
    'browsers send the cookie of stickiness by http too',
  ),
  'traefik.backend.loadbalancer.stickiness.httpOnly': bool(
    'scripts in a page cannot read the cookie of stickiness',
    'scripts in a page can read the cookie of stickiness',
  ),
  'traefik.backend.loadbalancer.stickiness.cookieName': (value) =>
    `the cookie of stickiness is named ${shown(value.trim())}`,
  'traefik.backend.loadbalancer.stickiness.sameSite': (value) =>
    `browsers treat the cookie of stickiness as SameSite ${shown(value.trim())}`,
  'traefik.backend.healthcheck.path': (value) =>
    `each server is asked for ${shown(value.trim())}, and receives no requests while it does not answer well`,
  'traefik.backend.healthcheck.interval': (value) => `servers are checked every ${duration(value)}`,
  'traefik.backend.healthcheck.timeout': (value) =>
    `a check fails that is not answered in ${duration(value)}`,
  'traefik.backend.healthcheck.port': (value) =>
    `checks go to port ${shown(value.trim())}, whatever port requests go to`,
  'traefik.backend.healthcheck.scheme': (value) => `checks go by ${shown(value.trim().toLowerCase())}`,
  'traefik.backend.healthcheck.hostname': (value) => `checks have the Host ${shown(value.trim())}`,
  // Their values may be credentials.
  'traefik.backend.healthcheck.headers': () => 'checks carry these header fields',
};

/** A bare number counts seconds. */
function duration(value: string): string {
  const text = value.trim();
  return /^\d+$/.test(text) ? `${text} s` : shown(text);
}
