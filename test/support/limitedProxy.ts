import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { Overload } from '../../src/model/connections.ts';
import { oneHost, startProxy, type Lane, type TestProxy } from './proxy.ts';
import type { RawClient } from './rawClient.ts';
import { echo, startServer, type RecordingServer, type Script } from './recordingServer.ts';

/** So long must a connection be idle to give way. */
export const IDLE_MS = 1_000;
/** So long may a client let a body wait, and wait for a place itself. */
export const PATIENCE_MS = 4_000;

/** Leaves the answer of `/held…` to the test. */
const holds: Script = (exchange) => (exchange.target.startsWith('/held') ? undefined : echo(exchange));

/** A proxy with few places, whose time passes as the test says. */
export class Limited {
  readonly proxy: TestProxy;
  readonly server: RecordingServer;
  readonly overloads: readonly Overload[];
  readonly pass: (ms: number) => void;

  static async start(
    t: TestContext,
    lane: Lane,
    connections: number,
    script: Script = holds,
  ): Promise<Limited> {
    const server = await startServer(t, script);
    let now = 0;
    const overloads: Overload[] = [];
    const proxy = await startProxy(t, lane, oneHost(server), {
      clock: () => now,
      overloaded: (overload) => overloads.push(overload),
      timeouts: { headerMs: PATIENCE_MS, streamMs: 0 },
      limits: { connections },
    });
    return new Limited(proxy, server, overloads, (ms) => (now += ms));
  }

  constructor(
    proxy: TestProxy,
    server: RecordingServer,
    overloads: readonly Overload[],
    pass: (ms: number) => void,
  ) {
    this.proxy = proxy;
    this.server = server;
    this.overloads = overloads;
    this.pass = pass;
  }

  get numbers() {
    return this.proxy.entrypoint.connections;
  }

  get targets(): readonly string[] {
    return this.server.exchanges.map(({ target }) => target);
  }

  /** A connection that the proxy has taken notice of. */
  async connect(): Promise<RawClient> {
    const { accepted } = this.numbers;
    const client = await this.proxy.connect();
    await this.until('accept', () => this.numbers.accepted > accepted);
    return client;
  }

  /** A connection that had an answer, and has been idle for one millisecond. */
  async idle(): Promise<RawClient> {
    const client = await this.connect();
    assert.equal((await client.request('GET', '/').response()).status, 200);
    this.pass(1);
    return client;
  }

  /** A connection with a request that the server holds. */
  async held(name: string): Promise<RawClient> {
    const client = await this.connect();
    client.request('GET', `/held/${name}`);
    await this.server.until(name, () => this.targets.includes(`/held/${name}`));
    return client;
  }

  answer(name: string): void {
    void this.server.exchanges.find(({ target }) => target === `/held/${name}`)?.answer(name);
  }

  /** Looks again and again, for things of which nobody tells. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    const giveUpAt = performance.now() + 5_000;
    while (!isTrue()) {
      assert.ok(performance.now() < giveUpAt, `${what}: ${JSON.stringify(this.numbers)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Lets the proxy look for places a few times. */
  async looks(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
