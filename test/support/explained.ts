/** An environment with something to explain: derived from labels, unlike the hand-made statuses. */

import { NO_CONDITIONS } from '../../src/control/conditions.ts';
import { derive } from '../../src/control/derive.ts';
import type { Status } from '../../src/control/status.ts';
import type { Derivation } from '../../src/model/derivation.ts';
import type { Container, Service } from '../../src/model/service.ts';
import { deriveSettings, snapshotWith } from './model.ts';
import { NOW, statusOf } from './status.ts';

/** What must never be shown. */
export const SECRET = 'c0ffee-and-nothing-else';

function containersOf(id: string, ...states: readonly string[]): readonly Container[] {
  return states.map((healthState, i) => ({
    name: `${id.replace('/', '-')}-${i + 1}`,
    state: 'running',
    healthState,
    address: `127.42.101.${i + 11}`,
    hostUuid: null,
  }));
}

/** A service with a health check, and as many healthy or other containers as are named. */
export function labelled(
  id: string,
  labels: Readonly<Record<string, string>>,
  ...states: readonly string[]
): Service {
  const [stack = '', name = ''] = id.split('/');
  const containers = containersOf(id, ...states);
  const usual = { kind: 'service', hasHealthCheck: true, external: null, findings: [] };
  return { id, stack, name, labels, containers, ...usual };
}

const ENABLED = { 'traefik.enable': 'true', 'traefik.port': '8080', 'traefik.domain': 'test' };

/** Services that share a host by paths and fields, are refused, mistaken, not enabled, or lose a host. */
export const EXPLAINED: readonly Service[] = [
  labelled('blog/web', { ...ENABLED, 'traefik.alias.fqdn': 'www.shop.test' }, 'healthy'),
  labelled('shop/admin', { ...ENABLED, 'traefik.frontend.auth.basic.users': `me:${SECRET}` }, 'healthy'),
  labelled(
    'shop/api',
    {
      ...ENABLED,
      'traefik.frontend.rule': `Host:api.shop.test;PathPrefixStrip:/v1;Headers:X-Key,${SECRET}`,
      'traefik.priority': '5',
      'traefik.path': '/x',
      'traefik.weigth': '3',
      'traefik.frontend.headers.customRequestHeaders': `Authorization:${SECRET}`,
    },
    'healthy',
    'healthy',
    'unhealthy',
  ),
  labelled('shop/batch', { 'traefik.domain': 'test' }),
  labelled('shop/pay', { ...ENABLED, 'traefik.port': 'http' }, 'healthy'),
  labelled(
    'shop/web',
    {
      'traefik.enable': 'true',
      'traefik.domain': 'test',
      'traefik.domain.regexp': '{x:[a-z]+}.shop.test',
      'traefik.path.prefix.strip': '/v1/web',
      'traefik.frontend.passHostHeader': 'false',
    },
    'healthy',
  ),
];

export function derivationOf(
  services: readonly Service[],
  given: Parameters<typeof deriveSettings>[0] = {},
): Derivation {
  return derive(snapshotWith(services), deriveSettings(given));
}

/** A status that serves these services. */
export function explainedStatus(services: readonly Service[] = EXPLAINED, now = NOW): Status {
  const status = statusOf([], {}, now);
  const derivation = derivationOf(services);
  const install = {
    derivation,
    metadataVersion: 'v1',
    installedAt: now - 75_000,
    conditions: NO_CONDITIONS,
  };
  return { ...status, install };
}

/** Every label name, value, service and host tries to get out of where it is written. */
export function hostileExplained(now = NOW): Status {
  const attacks = [
    '<script>window.owned=1</script>',
    '"><img src=x onerror="window.owned=1">',
    "' onmouseover='window.owned=1' autofocus onfocus='window.owned=1",
    '</title></style><svg onload=window.owned=1>',
    '\u202e\u0000\ud800 ${1} {{1}} &lt;b&gt; %00',
  ];
  const services = attacks.map((attack, i) =>
    labelled(
      `${attack}/n${i}`,
      {
        'traefik.enable': 'true',
        'traefik.port': '80',
        [`traefik.${attack}`]: attack,
        'traefik.alias': attack,
        'traefik.frontend.rule': `Host:a.test;Query:${attack},x;Path:/${attack}`,
        'traefik.backend': attack,
      },
      'healthy',
      'unhealthy',
    ),
  );
  return explainedStatus(
    services.map((service) => ({
      ...service,
      containers: service.containers.map((each) => ({ ...each, name: `${service.stack}${each.name}` })),
    })),
    now,
  );
}
