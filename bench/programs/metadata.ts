/**
 * A rancher-metadata of `argv[2]` services × 3 containers with `argv[4]` (1) hosts each; the backends of the first ten listen on
 * port `argv[3]`. Each line on its standard input lets a container of the first service fall ill, or recover. The answers are made
 * beforehand, so that what is measured is what the reader does; `src/demo/metadata.ts` would make them while it is waited for.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { makeEnvironment, type Environment, type ServiceDescription } from '../../src/demo/environment.ts';
import { toDocuments } from '../../src/demo/records.ts';
import { documentsOf } from '../../src/demo/versions.ts';

const services = Number(process.argv[2]);
const port = String(process.argv[3]);
const hostsPerService = Number(process.argv[4] ?? 1);
/** So many services can be asked for. */
const SERVED = 10;
const bodies = [true, false].map((isWell) => servicesOf(describe(isWell)));
let version = 1;
let waiting: ServerResponse[] = [];

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname.endsWith('/services')) response.end(bodies[(version - 1) % bodies.length]);
  else if (url.searchParams.get('value') === String(version)) waiting.push(response);
  else sendVersion(response);
});
server.listen(0, '127.0.0.1', () => {
  const at = (server.address() as AddressInfo).port;
  const bytes = bodies[0]?.length ?? 0;
  process.stdout.write(
    `${JSON.stringify({ kind: 'ready', url: `http://127.0.0.1:${at}/2016-07-29`, bytes })}\n`,
  );
});

createInterface({ input: process.stdin })
  .on('line', () => {
    version++;
    for (const response of waiting) sendVersion(response);
    waiting = [];
  })
  .on('close', () => process.exit());

function sendVersion(response: ServerResponse): void {
  response.end(JSON.stringify(String(version)));
}

function servicesOf(environment: Environment): Buffer {
  return Buffer.from(JSON.stringify(documentsOf('2016-07-29', toDocuments(environment)).services));
}

/** The last container of the first service is the one whose health changes. */
function describe(isWell: boolean): Environment {
  const { stacks } = makeEnvironment({ services, containersPerService: 3 });
  return {
    stacks: stacks.map((stack, s) => ({
      ...stack,
      services: stack.services.map((service, i) => {
        const isFirst = s === 0 && i === 0;
        const named = { ...service, labels: { ...service.labels, ...aliases(stack.name, service.name) } };
        return s === 0 && i < SERVED ? lead(named, isWell || !isFirst) : named;
      }),
    })),
  };
}

/** To where the backends listen, the last of them on condition. */
function lead(service: ServiceDescription, isWell: boolean): ServiceDescription {
  const containers = [1, 2, 3].map((n) => ({
    address: `127.0.0.${n}`,
    healthState: n < 3 || isWell ? 'healthy' : 'unhealthy',
  }));
  return { ...service, labels: { ...service.labels, 'traefik.port': port }, containers };
}

/** A service has one host by its name; the others are these. */
function aliases(stack: string, service: string): Readonly<Record<string, string>> {
  if (hostsPerService === 1) return {};
  const hosts = Array.from(
    { length: hostsPerService - 1 },
    (_, i) => `h${i + 1}.${service}.${stack}.example.local`,
  );
  return { 'traefik.alias.fqdn': hosts.join(',') };
}
