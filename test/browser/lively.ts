import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { ContainerDescription, Environment, ServiceDescription } from '../../src/demo/environment.ts';
import type { MetadataServer } from '../../src/demo/metadata.ts';
import { answerAsWebTest } from '../../src/demo/webTest.ts';
import { cleanup } from '../support/cleanup.ts';
import { startContainers } from '../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon.ts';
import { startStandIn } from '../support/standIn.ts';

/** Containers that run, by name. `api-3` breaks every connection off; `cart-…` are slow and err at times. */
const ADDRESSES = {
  'web-1': '127.42.102.1',
  'web-2': '127.42.102.2',
  'web-3': '127.42.102.3',
  'api-1': '127.42.102.4',
  'api-2': '127.42.102.5',
  'api-3': '127.42.102.6',
  'cart-1': '127.42.102.7',
  'cart-2': '127.42.102.8',
} as const;

type Name = keyof typeof ADDRESSES;

/** A daemon with services of every kind. */
export interface Lively {
  readonly lb: TestDaemon;
  readonly metadata: MetadataServer;
  readonly origin: string;
  /** Loads the environment with that many containers of `shop/web`, 1 to 3. */
  readonly scale: (webs: number) => void;
  /** Sends requests to its services for as long as the test lasts. */
  readonly beBusy: () => void;
}

/** Starts it; all is stopped when the test ends. */
export async function startLively(
  t: TestContext,
  settings: Parameters<typeof startTestDaemon>[1] = {},
): Promise<Lively> {
  let asked = 0;
  const port = await startContainers(t, ADDRESSES, (name, request, response) => {
    answerAs(name, request, response, (asked += 1));
  });
  const metadata = await startStandIn(t, environmentOf(port, 3));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, ...settings });
  await lb.logged('installed');
  return {
    lb,
    metadata,
    origin: `http://127.0.0.1:${lb.daemon.admin.port}`,
    scale: (webs) => void metadata.set(environmentOf(port, webs)),
    beBusy() {
      const over = new AbortController();
      const busy = lb.port().then((entrypoint) => keepAsking(entrypoint, over.signal));
      cleanup(t, () => {
        over.abort();
        return busy;
      });
    },
  };
}

function answerAs(name: string, request: IncomingMessage, response: ServerResponse, nth: number): void {
  if (name === 'api-3') response.destroy();
  else if (!name.startsWith('cart')) answerAsWebTest(name, request, response);
  else if (nth % 7 === 0) response.writeHead(500).end();
  else setTimeout(() => answerAsWebTest(name, request, response), 20 + (nth % 5) * 15);
}

/** One request after another; what becomes of it is for the pages to tell. */
async function keepAsking(port: number, over: AbortSignal): Promise<void> {
  const targets = [
    ['web.shop.example.com', '/'],
    ['www.example.com', '/'],
    ['api.example.com', '/v1/orders'],
    ['cart.shop.example.com', '/basket'],
  ] as const;
  for (let n = 0; !over.aborted; n += 1) {
    const [host, path] = targets[n % targets.length] ?? targets[0];
    const asked = httpRequest({ port, host: '127.0.0.1', path, headers: { host }, signal: over });
    asked.on('response', (response) => response.resume()).on('error', () => {});
    asked.end();
    await new Promise((resolve) => asked.once('close', resolve));
    // So that the browser gets its part of a small machine.
    await pause(15);
  }
}

function healthy(...names: readonly Name[]): readonly ContainerDescription[] {
  return names.map((name) => ({ name, address: ADDRESSES[name] }));
}

function environmentOf(port: number, webs: number): Environment {
  const labels = {
    'traefik.enable': 'true',
    'traefik.domain': 'example.com',
    'traefik.port': String(port),
  };
  const webNames = (['web-1', 'web-2', 'web-3'] as const).slice(0, webs);
  const shop: readonly ServiceDescription[] = [
    {
      name: 'web',
      labels: { ...labels, 'traefik.alias.fqdn': 'www.example.com' },
      containers: healthy(...webNames),
    },
    {
      name: 'api',
      labels: {
        ...labels,
        'traefik.frontend.rule': 'Host:api.example.com;PathPrefixStrip:/v1',
        'traefik.weigth': '3',
      },
      containers: [
        ...healthy('api-1', 'api-2', 'api-3'),
        { name: 'api-4', address: '127.42.102.99', healthState: 'unhealthy' },
        { name: 'api-5', address: null, healthState: 'initializing' },
      ],
    },
    {
      name: 'cart',
      labels: { ...labels, 'traefik.backend.circuitbreaker.expression': 'NetworkErrorRatio() > 0.9' },
      containers: healthy('cart-1', 'cart-2'),
    },
    { name: 'admin', labels: { ...labels, 'traefik.frontend.auth.basic.users': 'me:$1$x' } },
    { name: 'pay', labels: { ...labels, 'traefik.port': 'http' } },
    { name: 'batch', labels: { 'traefik.domain': 'example.com' } },
  ];
  const blog: ServiceDescription = {
    name: 'front-with-a-rather-long-name',
    labels,
    healthCheck: false,
    containers: [{ name: 'front-1', address: '127.42.102.98', healthState: null }],
  };
  return {
    stacks: [
      { name: 'shop', services: shop },
      { name: 'blog', services: [blog, { name: 'unlabelled', labels: {} }] },
    ],
  };
}
