import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { answerAsWebTest } from '../../src/demo/webTest.ts';
import { bugModule, moduleUrl } from './bugModule.ts';
import { ADDRESSES, HOST, startContainers, webTest, type Answer } from './containers.ts';
import { Scraped } from './prometheusText.ts';
import { daemonEnv, startProgram, type Program } from './program.ts';
import { RawClient } from './rawClient.ts';
import { startStandIn } from './standIn.ts';

/** Says on standard error which thread accepted a connection, by the client's port. */
const TELLS_THREAD = moduleUrl(`
  import { workerData } from 'node:worker_threads';
  import { subscribe } from 'node:diagnostics_channel';
  if (workerData?.settings) subscribe('net.server.socket', ({ socket }) =>
    process.stderr.write(workerData.name + ' has ' + socket.remotePort + '.\\n'));
`);

/** Crashes the thread whose full lane a request for `/bug` comes to. */
const HAS_BUG = bugModule({
  thread: 'workerData?.settings',
  channel: 'http.server.request.start',
  when: `it.request.url === '/bug'`,
});

/** How many connections are tried to get one of a certain thread: that all go to the other is as likely as that no coin ever falls. */
const TRIES = 200;

export interface CrowdOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly servers?: readonly string[];
  /** What servers answer, but for `/held…`, whose answer is begun and left to the test. */
  readonly answer?: Answer;
  /** Modules for every thread to load. */
  readonly modules?: readonly string[];
}

/** A daemon with two proxy threads, in a process of its own. */
export class Crowd {
  readonly program: Program;
  readonly port: number;
  readonly adminPort: number;
  /** Responses that servers have begun, `first half, `, by target. */
  readonly held: ReadonlyMap<string, ServerResponse>;
  readonly metadata: Awaited<ReturnType<typeof startStandIn>>;
  readonly containerPort: number;
  readonly #t: TestContext;

  static async start(t: TestContext, options: CrowdOptions = {}): Promise<Crowd> {
    const { settings = {}, servers = ['web-1'], answer = answerAsWebTest, modules = [] } = options;
    const held = new Map<string, ServerResponse>();
    const containerPort = await startContainers(t, ADDRESSES, (name, request, response) => {
      if (request.url?.startsWith('/held') !== true) return answer(name, request, response);
      response.write('first half, ');
      held.set(request.url, response);
    });
    const metadata = await startStandIn(t, webTest(containerPort, servers));
    const program = startProgram(t, [], {
      env: daemonEnv(metadata.base, {
        LB_WORKERS: '2',
        LB_LOG_LEVEL: 'debug',
        LB_GRACE_PERIOD: '30s',
        ...settings,
      }),
      nodeFlags: [TELLS_THREAD, HAS_BUG, ...modules].flatMap((url) => ['--import', url]),
    });
    const adminPort = await program.portOf('admin-listening');
    await program.said(/"event":"installed"/);
    const port = await program.portOf('listening');
    return new Crowd(t, { program, port, adminPort, held, metadata, containerPort });
  }

  constructor(
    t: TestContext,
    made: Pick<Crowd, 'program' | 'port' | 'adminPort' | 'held' | 'metadata' | 'containerPort'>,
  ) {
    this.#t = t;
    this.program = made.program;
    this.port = made.port;
    this.adminPort = made.adminPort;
    this.held = made.held;
    this.metadata = made.metadata;
    this.containerPort = made.containerPort;
  }

  /** A connection that this thread has accepted. */
  async connectTo(thread: string): Promise<RawClient> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const client = await RawClient.connect(this.#t, this.port);
      const [, name] = await this.program.saidOnStderr(
        new RegExp(`(proxy-\\d+) has ${client.socket.localPort}\\.`),
      );
      if (name === thread) return client;
      client.socket.destroy();
    }
    throw new Error(`none of ${TRIES} connections came to ${thread}`);
  }

  /** Crashes the thread that has this connection, on whichever lane: the full one takes what is HTTP/1.0. */
  meetBug(client: RawClient): void {
    client.send(`GET /bug HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`);
  }

  /** A request on this connection whose answer has begun. */
  async hold(client: RawClient, target: string): Promise<void> {
    const { message } = await client.request('GET', target, [['Host', HOST]]).responseHead();
    await client.until('the first half', () => message.bodyText === 'first half, ');
  }

  /** A request and its whole answer. */
  async ask(client: RawClient, target = '/'): Promise<string> {
    const { status, message } = await client.request('GET', target, [['Host', HOST]]).response();
    return status === 200 ? message.bodyText : String(status);
  }

  async scrape(): Promise<Scraped> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}/metrics`);
    assert.equal(response.status, 200);
    return new Scraped(await response.text());
  }

  /** Scrapes until this holds. */
  async scrapeUntil(holds: (scraped: Scraped) => boolean): Promise<Scraped> {
    for (let tries = 0; tries < 500; tries += 1) {
      const scraped = await this.scrape();
      if (holds(scraped)) return scraped;
    }
    throw new Error('what was waited for was not counted');
  }

  /** Lines of the log with this event. */
  linesOf(event: string): readonly Readonly<Record<string, unknown>>[] {
    return this.program.stdout
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** What was written on standard error besides which thread has which connection. */
  get stderr(): string {
    return this.program.stderr.replaceAll(/proxy-\d+ has \d+\.\n/g, '');
  }
}
