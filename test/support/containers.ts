import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Environment, ServiceDescription } from '../../src/demo/environment.ts';
import { answerAsWebTest } from '../../src/demo/webTest.ts';
import { cleanup } from './cleanup.ts';

/** What a container does with a request. */
export type Answer = (name: string, request: IncomingMessage, response: ServerResponse) => void;

/** How often a port that is free on one address is tried on the others. */
const TRIES = 20;

/**
 * Runs a server for each container, by name and loopback address, all on one port that was free, as the containers of a
 * service have it. Resolves with the port; all is closed when the test ends.
 */
export async function startContainers(
  t: TestContext,
  addresses: Readonly<Record<string, string>>,
  answer: Answer = answerAsWebTest,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const closers: (() => Promise<void>)[] = [];
    let port = 0;
    try {
      for (const [name, address] of Object.entries(addresses)) {
        const container = await listen(name, address, port, answer);
        port = container.port;
        closers.push(container.close);
      }
      for (const close of closers) cleanup(t, close);
      return port;
    } catch (error) {
      await Promise.all(closers.map((close) => close()));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === TRIES) throw error;
    }
  }
}

async function listen(
  name: string,
  address: string,
  port: number,
  answer: Answer,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => answer(name, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The host of the service of `webTest`. */
export const HOST = 'web-test.proxy-test.local';

/** `web-1` … `web-5`, each with an address of its own. */
export const ADDRESSES: Readonly<Record<string, string>> = {
  'web-1': '127.42.101.1',
  'web-2': '127.42.101.2',
  'web-3': '127.42.101.3',
  'web-4': '127.42.101.4',
  'web-5': '127.42.101.5',
};

/** `proxy-test/web-test` with these of its containers, all healthy; what differs is given in `overrides`. */
export function webTest(
  port: number,
  names: readonly string[],
  overrides: Partial<ServiceDescription> = {},
): Environment {
  const service: ServiceDescription = {
    name: 'web-test',
    labels: { 'traefik.enable': 'true', 'traefik.domain': 'local', 'traefik.port': String(port) },
    containers: names.map((name) => ({ name, address: ADDRESSES[name] ?? '127.0.0.1' })),
    ...overrides,
  };
  return { stacks: [{ name: 'proxy-test', services: [service] }] };
}
