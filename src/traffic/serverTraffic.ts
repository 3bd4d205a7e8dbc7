import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Server } from '../model/table.ts';
import { MovingAverage } from './movingAverage.ts';
import { Pool } from './pool.ts';
import { TlsPool } from './tlsPool.ts';

/** How connections to servers are kept and made. */
export interface ConnectionSettings {
  readonly serverIdleMs: number;
  /** Whether any certificate will do. */
  readonly insecureSkipVerify: boolean;
}

/** What tells a server from the others of its backend: two of them may share an id. */
export function serverKey(id: string, url: string): string {
  return `${id} ${url}`;
}

/** What outlives a table about one server: its connections, what is in flight to it, and how it has answered. */
export class ServerTraffic {
  /** The id of its backend. */
  readonly backend: string;
  readonly key: string;
  /** An IP address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** What it is called as Host where the client's is not passed on: no port where that is the scheme's. */
  readonly authority: string;
  readonly pool: Pool;
  /** Milliseconds from a request to the head of its response. */
  readonly latency = new MovingAverage();
  /** 1 for each request that failed, 0 for each other. */
  readonly errors = new MovingAverage();
  /** The balancer's credit: grows by the share with each pick, falls by the sum of shares when picked. */
  credit = 0;
  /** The weight that it is picked by: the table's, unless a balancer sees reason to lower it. */
  share: number;
  /** Attempts that were begun and are not over. */
  inFlight = 0;
  /** Connections that could not be made. */
  connectErrors = 0;
  ejections = 0;
  isEjected = false;
  /** Whether its active health check fails. */
  isFailing: boolean;
  #server: Server;
  #stickyId: string | null = null;

  constructor(backend: string, server: Server, settings: ConnectionSettings, isFailing: boolean) {
    const url = new URL(server.url);
    const isTls = url.protocol === 'https:';
    this.key = serverKey(server.id, server.url);
    this.hostname = url.hostname.replace(/^\[|\]$/g, '');
    this.port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
    this.authority =
      server.hostname === null ? url.host : `${server.hostname}${url.port === '' ? '' : `:${url.port}`}`;
    this.pool = isTls
      ? new TlsPool(settings.serverIdleMs, nameForTls(server), settings.insecureSkipVerify)
      : new Pool(settings.serverIdleMs);
    this.share = server.weight;
    this.isFailing = isFailing;
    this.backend = backend;
    this.#server = server;
  }

  get server(): Server {
    return this.#server;
  }

  /** Follows a new table, which has the same server (`isSame`), maybe with another weight. */
  attach(server: Server): void {
    this.#server = server;
    this.share = server.weight;
  }

  /** Whether connections to `server` may be those that are kept here. */
  isSame(server: Server): boolean {
    return this.key === serverKey(server.id, server.url) && this.#server.hostname === server.hostname;
  }

  /** Whether a request that was on the servers `tried` may be sent here; a new client only where there is a share too. */
  isUsable(tried: ReadonlySet<string>): boolean {
    return !this.isFailing && (tried.size === 0 || !tried.has(this.key));
  }

  /** Names the server in a client's cookie: the same on every balancer, and telling no address. */
  get stickyId(): string {
    this.#stickyId ??= createHash('sha256')
      .update([this.backend, this.#server.id, this.port].join('\n'))
      .digest('hex')
      .slice(0, 16);
    return this.#stickyId;
  }

  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
  }

  /** It answered after so long; null where that says nothing. 500 to 504 are errors as in Traefik 1.7 (oxy's rebalancer). */
  answered(status: number, latencyMs: number | null): void {
    if (latencyMs !== null) this.latency.add(latencyMs);
    this.errors.add(status >= 500 && status <= 504 ? 1 : 0);
  }

  /** It could not be connected to, broke off before it answered, or let it time out. */
  failed(): void {
    this.errors.add(1);
  }
}

/** RFC 6066 section 3: an address is no server name. */
function nameForTls({ hostname }: Server): string | null {
  return hostname === null || isIP(hostname) !== 0 ? null : hostname;
}
