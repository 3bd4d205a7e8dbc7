import type { TestContext } from 'node:test';
import { cleanup } from './cleanup.ts';
import { suite } from 'node:test';
import { startEntrypoint, type Entrypoint, type EntrypointEvents } from '../../src/proxy/entrypoint.ts';
import type { Clock } from '../../src/traffic/clock.ts';
import type { ProxySettings } from '../../src/proxy/settings.ts';
import type { Backend, Route, Server, Table } from '../../src/model/table.ts';
import { RawClient, type ClientOptions, type Response } from './rawClient.ts';
import type { Field } from './httpMessage.ts';
import { backendWith, routeOf, serverOf } from './model.ts';
import { proxySettings, type SomeProxySettings } from './settings.ts';

/** One way of forwarding that every behaviour test runs on. */
export interface Lane {
  readonly name: string;
  readonly settings: Partial<ProxySettings>;
}

const LANES: readonly Lane[] = [
  { name: 'full lane', settings: { fastLane: false } },
  { name: 'fast lane', settings: { fastLane: true } },
];

/** Declares the same tests once for each lane. `concurrency` is for tests that mostly wait. */
export function onEachLane(theme: string, declare: (lane: Lane) => void, concurrency = 1): void {
  for (const lane of LANES) suite(`${theme} (${lane.name})`, { concurrency }, () => declare(lane));
}

/** What a test asks of a proxy, and what it hears of it. */
export interface ProxyOptions extends EntrypointEvents, SomeProxySettings {
  readonly clock?: Clock;
}

/** A running proxy, as tests use it. */
export interface TestProxy {
  readonly entrypoint: Entrypoint;
  readonly port: number;
  install(next: Table): void;
  /** A new connection. */
  connect(options?: ClientOptions): Promise<RawClient>;
  /** One request on a connection of its own. */
  ask(method: string, target: string, fields?: readonly Field[], body?: string): Promise<Response>;
}

/** Starts a proxy on a free loopback port that routes by this table; it is stopped when the test ends. */
export async function startProxy(
  t: TestContext,
  lane: Lane,
  initial: Table,
  options: ProxyOptions = {},
): Promise<TestProxy> {
  const settings = proxySettings({ ...options, ...lane.settings });
  const entrypoint = await startEntrypoint(settings, options, options.clock);
  cleanup(t, () => entrypoint.stop(0));
  entrypoint.install(initial);
  const connect = (clientOptions?: ClientOptions) => RawClient.connect(t, entrypoint.port, clientOptions);
  return {
    entrypoint,
    port: entrypoint.port,
    install: (next) => entrypoint.install(next),
    connect,
    async ask(method, target, fields, body) {
      const client = await connect();
      const response = await client.request(method, target, fields, body).response();
      client.socket.destroy();
      return response;
    },
  };
}

/** A server of a table: anything with a port on 127.0.0.1. */
export interface ServerSpec extends Partial<Omit<Server, 'url'>> {
  readonly port: number;
  readonly scheme?: 'http' | 'https';
}

/** A route and its backend; `host` names both unless `backend` does. */
export interface RouteSpec extends Partial<
  Omit<Route, 'host' | 'service' | 'backend'> & Omit<Backend, 'id' | 'servers'>
> {
  readonly backend?: string;
  readonly servers: readonly ServerSpec[];
}

let tables = 0;

/** A table of hosts; a backend and its servers keep their ids from one table to the next. */
export function table(hosts: Readonly<Record<string, RouteSpec | readonly RouteSpec[]>>): Table {
  const routes: Route[] = [];
  const backends = new Map<string, Backend>();
  for (const [host, specs] of Object.entries(hosts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const spec of [specs].flat() as readonly RouteSpec[]) {
      const id = `test/${spec.backend ?? host}`;
      const { backend: _, servers, ...given } = spec;
      routes.push(routeOf(host, id, pick(given, Object.keys(routeOf(host, id)))));
      const ofServers = servers.map(toServer).sort(byId);
      const plain = backendWith(id, ofServers);
      backends.set(id, { ...plain, ...pick(given, Object.keys(plain)) });
    }
  }
  tables += 1;
  return { id: `table-${tables}`, routes, backends: [...backends.values()].sort(byId) };
}

/** The table of most tests: `a.test` on these servers. */
export function oneHost(...servers: readonly ServerSpec[]): Table {
  return table({ 'a.test': { servers } });
}

/** A port on which nothing ever listens: privileged, and of a service long forgotten. */
export const DEAD: ServerSpec = { port: 1 };

/** The server of a table that a spec stands for. */
export function toServer({ port, scheme = 'http', id = `server-${port}`, ...given }: ServerSpec): Server {
  const plain = serverOf(id, `${scheme}://127.0.0.1:${port}`);
  return { ...plain, ...pick(given, Object.keys(plain)) };
}

/** Those properties of an object that have one of these names. */
function pick(object: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
