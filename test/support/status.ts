/** Hand-made statuses for the tests of the admin room. */

import { NO_CONDITIONS } from '../../src/control/conditions.ts';
import type { Install, Status } from '../../src/control/status.ts';
import type { Derivation } from '../../src/model/derivation.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { ContainerReport, ServiceReport } from '../../src/model/report.ts';
import { backendWith, routeOf, serverOf } from './model.ts';

/** The moment at which the fixtures are looked at. */
export const NOW = Date.UTC(2016, 6, 29, 12, 0, 0);

/** A status that is ready, was refreshed twelve seconds before `now`, and serves `services`. */
export function statusOf(
  services: readonly ServiceReport[],
  overrides: Partial<Status> = {},
  now = NOW,
): Status {
  return {
    startedAt: now - 3_600_000,
    uptimeMs: 3_600_000,
    install: installOf(services, now - 75_000),
    metadata: {
      url: 'http://rancher-metadata/2016-07-29',
      lastSuccessAt: now - 12_000,
      ageMs: 12_000,
      lastError: null,
      failuresTotal: 0,
      stale: false,
      fromState: null,
      held: null,
    },
    entrypoints: [{ name: 'http', address: '::', port: 8080, state: 'listening' }],
    notReady: [],
    ...overrides,
  };
}

export function installOf(services: readonly ServiceReport[], installedAt = NOW): Install {
  return {
    derivation: derivationOf(services),
    conditions: NO_CONDITIONS,
    metadataVersion: '8a61bc57-1a5b-4d4e-8e6b-9b2f5a1a2c3d',
    installedAt,
  };
}

/** A route for each host of each service; those of a service that is not routed are refused. */
export function derivationOf(services: readonly ServiceReport[]): Derivation {
  const routes = services.flatMap(({ id, hosts, routed, findings }) =>
    hosts.map((host) => routeOf(host, id, { refusal: routed ? null : (findings[0]?.message ?? 'refused') })),
  );
  return {
    table: {
      id: 't-5f3c9a1e',
      routes: routes.sort((a, b) => (a.host < b.host ? -1 : 1)),
      backends: services
        .filter(({ hosts }) => hosts.length > 0)
        .map(({ id, servers }) => backendWith(id, servers)),
    },
    services,
  };
}

/** A routed service with `eligible` servers; what differs is given in `overrides`. */
export function serviceOf(id: string, eligible = 0, overrides: Partial<ServiceReport> = {}): ServiceReport {
  const [stack = '', name = ''] = id.split('/');
  const names = Array.from({ length: eligible }, (_, i) => `${stack}-${name}-${i + 1}`);
  return {
    id,
    stack,
    name,
    routed: true,
    isServed: (overrides.servers ?? names).length > 0,
    hosts: [`${name}.${stack}.local`],
    backends: overrides.routed === false ? [] : [id],
    servers: names.map((container, i) => serverOf(container, `http://127.42.101.${i + 11}:8080`)),
    containers: names.map((container): ContainerReport => ({
      name: container,
      eligible: true,
      reason: null,
    })),
    findings: [],
    labels: {},
    ...overrides,
  };
}

/** One of everything: each state of a service, each reason of a container, each severity of a finding. */
export function richServices(): readonly ServiceReport[] {
  return [
    serviceOf('proxy-test/web-test', 3),
    serviceOf('shop/admin', 0, {
      routed: false,
      findings: [
        finding(
          'unsupported-label',
          'error',
          'traefik.frontend.auth.basic',
          'traefik.frontend.auth.basic restricts who may reach the service and is not supported; remove it, or set LB_ALLOW_UNSUPPORTED=true to publish without it',
        ),
      ],
    }),
    serviceOf('shop/api', 2, {
      hosts: ['api.shop.example.com', 'api.shop.example.org'],
      containers: [
        { name: 'shop-api-1', eligible: true, reason: null },
        { name: 'shop-api-2', eligible: true, reason: null },
        { name: 'shop-api-3', eligible: false, reason: 'unhealthy' },
        { name: 'shop-api-4', eligible: false, reason: 'initializing' },
        { name: 'shop-api-5', eligible: false, reason: 'not-running' },
        { name: 'shop-api-6', eligible: false, reason: 'no-address' },
      ],
      findings: [
        finding(
          'port-defaulted',
          'warning',
          'traefik.port',
          'traefik.port is not set, so requests go to port 80; set it to the port that the containers listen on',
        ),
      ],
    }),
    serviceOf('shop/batch', 0, {
      routed: false,
      hosts: [],
      findings: [
        finding(
          'not-enabled',
          'info',
          'traefik.enable',
          'traefik.enable is "false"; set it to "true" to publish the service',
        ),
      ],
    }),
    serviceOf('shop/blog', 0, {
      containers: [{ name: 'shop-blog-1', eligible: false, reason: 'no-health-state' }],
      findings: [
        finding(
          'no-health-check',
          'warning',
          null,
          'the service has no health check, so none of its containers is eligible; give it one, or set traefik.health.required=false',
        ),
      ],
    }),
    serviceOf('shop/pay', 0, {
      routed: false,
      hosts: [],
      containers: [{ name: 'shop-pay-1', eligible: true, reason: null }],
      findings: [
        finding(
          'invalid-port',
          'error',
          'traefik.port',
          'traefik.port is "http", which is no port; give a number from 1 to 65535',
        ),
      ],
    }),
  ];
}

export function finding(
  code: Finding['code'],
  severity: Finding['severity'],
  label: string | null,
  message: string,
): Finding {
  return { code, severity, label, message };
}

/** `n` services of three servers each; every tenth has a warning. */
export function manyServices(n: number): readonly ServiceReport[] {
  return Array.from({ length: n }, (_, i) => {
    const id = `stack-${String(i % 100).padStart(2, '0')}/service-${String(i).padStart(5, '0')}`;
    const warning = finding(
      'port-defaulted',
      'warning',
      'traefik.port',
      'traefik.port is not set, so requests go to port 80',
    );
    return serviceOf(id, 3, i % 10 === 0 ? { findings: [warning] } : {});
  }).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Services whose every name, host, label and message tries to get out of where it is written. */
export function hostileServices(): readonly ServiceReport[] {
  const attacks = [
    '<script>window.owned=1</script>',
    '"><img src=x onerror="window.owned=1">',
    "' onmouseover='window.owned=1' autofocus onfocus='window.owned=1",
    '</title></style><svg onload=window.owned=1>',
    'javascript:window.owned=1',
    '--><iframe srcdoc="<script>parent.owned=1</script>">',
    '\u202e\u0000\ud800 ${1} {{1}} &lt;b&gt; %00',
    '<base href="http://127.0.0.1:1/"><link rel=stylesheet href=//127.0.0.1:1/x>',
    'x'.repeat(500),
  ];
  return attacks.map((attack) => ({
    id: `${attack}/${attack}`,
    stack: attack,
    name: attack,
    routed: true,
    isServed: true,
    hosts: [attack],
    backends: [`${attack}/${attack}`],
    servers: [serverOf(attack, `http://${attack}`, { weight: 2 })],
    containers: [
      { name: attack, eligible: true, reason: null },
      { name: `${attack}2`, eligible: false, reason: 'unhealthy' },
    ],
    findings: [finding('invalid-label', 'error', attack, attack)],
    labels: { [`traefik.${attack}`]: attack },
  }));
}

/** Just started, and the metadata cannot be found. */
export function notReadyStatus(now = NOW): Status {
  const lastError = {
    message:
      'GET http://rancher-metadata/2016-07-29/version: no such host; is this container on the managed network?',
    at: now - 3000,
  };
  return statusOf(
    [],
    {
      install: null,
      metadata: {
        url: 'http://rancher-metadata/2016-07-29',
        lastSuccessAt: null,
        ageMs: null,
        lastError,
        failuresTotal: 1,
        stale: false,
        fromState: null,
        held: null,
      },
      entrypoints: [{ name: 'http', address: '::', port: 8080, state: 'waiting' }],
      notReady: ['no table is installed yet', 'entrypoint http waits for the first table'],
    },
    now,
  );
}

/** Metadata has been failing: for seven minutes where `stale`, else for less than five refresh intervals. */
export function failingStatus(stale: boolean, now = NOW): Status {
  const ageMs = stale ? 420_000 : 75_000;
  const metadata = {
    url: 'http://rancher-metadata/2016-07-29',
    lastSuccessAt: now - ageMs,
    ageMs,
    failuresTotal: 3,
    held: null,
    lastError: {
      message: 'GET http://rancher-metadata/2016-07-29/services: no answer in 10 s',
      at: now - 4000,
    },
    stale,
    fromState: null,
  };
  return statusOf(richServices(), { metadata }, now);
}
