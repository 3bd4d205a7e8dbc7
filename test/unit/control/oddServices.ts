/** Services that nobody has, and that must cost nobody else anything. */

import * as fc from 'fast-check';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import type { DeriveSettings } from '../../../src/model/derivation.ts';
import type { External, Service } from '../../../src/model/service.ts';
import { PUBLISHED, SETTINGS, containerOf, serviceOf } from './environment.ts';

/** What makes more of the soup have an effect. */
export const OTHER_SETTINGS: readonly DeriveSettings[] = [
  SETTINGS,
  {
    ...SETTINGS,
    allowUnsupported: true,
    healthRequired: false,
    preferLocal: true,
    hostTemplate: '{service}-{stack}.{domain}',
    defaultDomain: 'default.test',
    constraints: [{ mustMatch: false, pattern: '*x*' }],
  },
];

/** Labels as a user might write them, and worse. */
const oddKey = fc.oneof(
  fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name)),
  fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name.toUpperCase())),
  fc
    .tuple(
      fc.constantFrom('api', 'web', 'API', '__proto__', 'my api', '\ud800', 'health'),
      fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name), 'traefik.prot', 'traefik.frontend.rules'),
    )
    .map(([segment, name]) => name.replace('traefik.', `traefik.${segment}.`)),
  fc.string({ unit: 'binary' }).map((text) => `traefik.${text}`),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'traefik',
    'traefik.',
    'traefik.__proto__',
    'traefik.a.b.c.d.e',
  ),
  fc.string(),
);
const ruleSoup = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'Host',
        'HostRegexp',
        'Path',
        'PathPrefixStrip',
        'Headers',
        'Query',
        'Method',
        'AddPrefix',
      ),
      fc.array(
        fc.constantFrom('a.test', '{x:[a-z]+}.test', '/a', '/{x}', '/a/../b', 'k=v', 'GET', '{', '\\', ''),
      ),
    ),
  )
  .map((parts) => parts.map(([name, values]) => `${name}:${values.join(',')}`).join(';'));
const breakerSoup = fc
  .array(
    fc.constantFrom(
      'NetworkErrorRatio()',
      '>',
      '0.5',
      '&&',
      '||',
      '!',
      '(',
      ')',
      'ResponseCodeRatio(500,600,0,600)',
    ),
  )
  .map((parts) => parts.join(' '));
const oddValue = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    'stack',
    '',
    ' ',
    '80',
    '0',
    '65536',
    'local',
    'a.example,b.example',
    '*',
    ',,',
  ),
  fc.constantFrom(
    'https',
    'drr',
    'least',
    '10s',
    '/health',
    'K:v||x',
    '{service}-{stack}',
    '{service}.{domain}',
    'none',
  ),
  fc.domain(),
  ruleSoup,
  breakerSoup,
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => text.repeat(1000)),
);
/** Labels of one service. */
export const labelSoup = fc
  .dictionary(oddKey, oddValue, { noNullPrototype: true })
  .chain((soup) => fc.constantFrom({ ...soup }, { ...PUBLISHED, ...soup }));

/** A service of such labels, of any kind and health. */
export const oddService = (id: string): fc.Arbitrary<Service> =>
  fc
    .record({
      labels: labelSoup,
      kind: fc.constantFrom('service', 'externalService', 'dnsService', 'loadBalancerService', '', 'other'),
      external: fc.constantFrom<External | null>(
        null,
        { addresses: ['127.0.0.30'], hostname: null },
        { addresses: [], hostname: 'odd \u0000 name' },
      ),
      hasHealthCheck: fc.boolean(),
      healthStates: fc.array(fc.constantFrom('healthy', 'unhealthy', '', null, 'updating-healthy', 'odd'), {
        maxLength: 3,
      }),
    })
    .map(({ healthStates, ...given }) => {
      const containers = healthStates.map((healthState, i) =>
        containerOf(`c${i}`, `127.0.0.${i + 1}`, { healthState }),
      );
      return serviceOf(id, { ...given, containers });
    });
