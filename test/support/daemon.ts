import type { TestContext } from 'node:test';
import type { Overview } from '../../src/admin/overview.ts';
import { readConfig, type Config } from '../../src/config.ts';
import type { SettingName } from '../../src/settings.ts';
import { startDaemon, type Daemon } from '../../src/main.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { cleanup } from './cleanup.ts';
import type { Field } from './httpMessage.ts';
import { RawClient, type Response } from './rawClient.ts';
import { Watch } from './watch.ts';

/** For a daemon to start, read, derive and install; generous, because a passing test never waits it out. */
const PATIENCE_MS = 30_000;

/** A line of the log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** An interval that no test lives to see: what is read comes from the watch or a retry. */
export const NEVER = '1h';

/** The configuration that these settings make; what is left out is for a test: loopback, free ports. */
export function testConfig(settings: Partial<Record<SettingName, string>>): Config {
  const all: Partial<Record<SettingName, string>> = {
    LB_HTTP_PORT: '0',
    LB_HTTP_BIND: '127.0.0.1',
    LB_ADMIN_PORT: '0',
    LB_ADMIN_BIND: '127.0.0.1',
    LB_REFRESH_INTERVAL: NEVER,
    LB_GRACE_PERIOD: '0s',
    // So few that no machine's limit of open files is worth a warning.
    LB_MAX_CONNECTIONS: '100',
    // Several threads have tests of their own.
    LB_WORKERS: '1',
    ...settings,
  };
  return readConfig(all, new Map());
}

/** Starts a daemon in this process; it is stopped when the test ends. */
export async function startTestDaemon(
  t: TestContext,
  settings: Partial<Record<SettingName, string>>,
): Promise<TestDaemon> {
  return runConfig(t, testConfig(settings));
}

/** As `startTestDaemon`, with a configuration that no setting can bring about. */
export async function runConfig(t: TestContext, config: Config): Promise<TestDaemon> {
  const watch = new Watch();
  const lines: LogLine[] = [];
  const log = createLog('debug', {
    write(line) {
      lines.push(JSON.parse(line) as LogLine);
      watch.changed();
    },
  });
  const accessLines: string[] = [];
  const daemon = await startDaemon(config, log, {
    accessLines: { written: 0, dropped: 0 },
    writeAccess({ bytes }) {
      accessLines.push(...Buffer.from(bytes).toString().split('\n').slice(0, -1));
      watch.changed();
    },
  });
  cleanup(t, () => daemon.stop());
  return new TestDaemon(t, daemon, lines, accessLines, watch);
}

/** A running daemon, as tests look at it: through its ports and its log. */
export class TestDaemon {
  readonly daemon: Daemon;
  readonly lines: readonly LogLine[];
  /** Of the access log. */
  readonly accessLines: readonly string[];
  readonly #t: TestContext;
  readonly #watch: Watch;

  constructor(
    t: TestContext,
    daemon: Daemon,
    lines: readonly LogLine[],
    accessLines: readonly string[],
    watch: Watch,
  ) {
    this.#t = t;
    this.daemon = daemon;
    this.lines = lines;
    this.accessLines = accessLines;
    this.#watch = watch;
  }

  /** Waits for the nth line (from 0) with this event. */
  logged(event: string, nth = 0): Promise<LogLine> {
    return this.#watch.until(
      `log line ${nth} of ${event}`,
      () => this.linesOf(event)[nth],
      () => this.lines.map(({ level, msg }) => `${level} ${msg}`).join('\n'),
      PATIENCE_MS,
    );
  }

  linesOf(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** Waits until the body that the admin server answers satisfies this, asking again after each line of the log. */
  async until<T>(path: string, holds: (body: T) => boolean): Promise<T> {
    for (let seen = 0; ;) {
      const { body } = await this.admin<T>(path);
      if (holds(body)) return body;
      seen = await this.#watch.until(
        `${path} as wanted`,
        () => (this.lines.length > seen ? this.lines.length : undefined),
        () => JSON.stringify(body),
        PATIENCE_MS,
      );
    }
  }

  async overview(): Promise<Overview> {
    return (await this.admin<Overview>('/api/overview')).body;
  }

  /** What the admin server answers, its JSON parsed. */
  async admin<T = unknown>(path: string): Promise<AdminAnswer<T>> {
    const response = await fetch(`http://127.0.0.1:${this.daemon.admin.port}${path}`);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  async port(): Promise<number> {
    return (await this.daemon.ready).port;
  }

  /** A connection to the entrypoint. */
  async connect(): Promise<RawClient> {
    return RawClient.connect(this.#t, await this.port());
  }

  /** One GET on a connection of its own. */
  async ask(host: string, target = '/', fields: readonly Field[] = []): Promise<Response> {
    const client = await this.connect();
    const response = await client.request('GET', target, [['Host', host], ...fields]).response();
    client.socket.destroy();
    return response;
  }

  /** Which container answers a GET, or the status where none does. */
  async whoAnswers(host: string): Promise<string> {
    const { status, message } = await this.ask(host);
    return realServer(message.bodyText) ?? String(status);
  }
}

export interface AdminAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Taken to be a `T`: JSON parsed, or text. */
  readonly body: T;
}

/** The container that a web-test body names. */
export function realServer(body: string): string | undefined {
  return /^Real_Server: (\S+)$/m.exec(body)?.[1];
}
