import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Server } from '../model/table.ts';
import type { Clock } from './clock.ts';
import { MovingAverage } from './movingAverage.ts';
import { Pool } from './pool.ts';
import { RawPool } from './rawPool.ts';
import { OwnRoom, type Room, type SharedRoom } from './room.ts';
import { Standing } from './standing.ts';
import { OwnTally } from './tally.ts';
import { TlsPool } from './tlsPool.ts';

/** How connections to servers are kept and made, and how many requests a server is sent at a time. */
export interface ConnectionSettings {
  readonly serverIdleMs: number;
  /** Whether any certificate will do. */
  readonly insecureSkipVerify: boolean;
  /** Requests in flight to one server; 0: no limit. */
  readonly serverRequests: number;
}

/** Makes the room of a server that proxy threads share. */
export type ShareRoom = (key: string, limit: number, gotRoom: () => void) => SharedRoom;

/** The backend of a server, as the server sees it. */
export interface Home {
  readonly id: string;
  readonly clock: Clock;
  /** Whether it can do without this server. */
  mayEject(server: ServerTraffic): boolean;
  standingChanged(server: ServerTraffic): void;
  dueChanged(): void;
  /** The server may have room for one more request. */
  gotRoom(): void;
}

/** What tells a server from the others of its backend: two of them may share an id. */
export function serverKey(id: string, url: string): string {
  return `${id} ${url}`;
}

/** What outlives a table about one server: its connections, what is in flight to it, and how it has answered. */
export class ServerTraffic {
  readonly key: string;
  /** An IP address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** What it is called as Host where the client's is not passed on: no port where that is the scheme's. */
  readonly authority: string;
  /** The full lane's connections. */
  readonly pool: Pool;
  /** The fast lane's connections; null where the server speaks TLS, which that lane does not. */
  readonly rawPool: RawPool | null;
  /** Milliseconds from a request to the head of its response. */
  readonly latency = new MovingAverage();
  /** 1 for each request that failed, 0 for each other. */
  readonly errors = new MovingAverage();
  /** The balancer's credit: grows by the share with each pick, falls by the sum of shares when picked. */
  credit = 0;
  /** The weight that it is picked by: the table's, unless a balancer sees reason to lower it. */
  share: number;
  /** Attempts that were begun and are not over, tunnels among them. */
  inFlight = 0;
  /** Attempts that ended because no connection could be made. */
  connectErrors = 0;
  readonly standing: Standing;
  /** Whether what ends now is a tunnel, which has given its room back. */
  #isTunnelEnding = false;
  /** Whether its active health check fails. */
  isFailing: boolean;
  readonly #home: Home;
  /** Room for requests; null: without a limit. */
  readonly #room: Room | null;
  /** The same, where other threads use it, too. */
  readonly #sharedRoom: SharedRoom | null;
  /** Room that was taken for attempts that begin now. */
  #claimed = 0;
  #server: Server;
  #stickyId: string | null = null;

  /** `shareRoom` absent: no other thread sends requests to it. */
  constructor(
    home: Home,
    server: Server,
    settings: ConnectionSettings,
    isFailing: boolean,
    shareRoom?: ShareRoom,
  ) {
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
    this.rawPool = isTls ? null : new RawPool(this.hostname, this.port, settings.serverIdleMs);
    this.share = server.weight;
    this.isFailing = isFailing;
    this.standing = new Standing(home.clock, {
      mayEject: () => home.mayEject(this),
      changed: () => home.standingChanged(this),
      dueChanged: () => home.dueChanged(),
    });
    this.#home = home;
    const { serverRequests: limit } = settings;
    const gotRoom = (): void => home.gotRoom();
    this.#sharedRoom = limit === 0 ? null : (shareRoom?.(this.key, limit, gotRoom) ?? null);
    this.#room = limit === 0 ? null : (this.#sharedRoom ?? new OwnRoom(limit, new OwnTally(), gotRoom));
    this.#server = server;
  }

  /** The id of its backend. */
  get backend(): string {
    return this.#home.id;
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
    return (
      !this.isFailing && this.standing.isOpen && !this.isFull && (tried.size === 0 || !tried.has(this.key))
    );
  }

  /** Whether it has as many requests in flight as it may. */
  get isFull(): boolean {
    return this.#room !== null && this.#room.isFull;
  }

  /** Takes room for an attempt that begins now, before another thread can; false where there is none. */
  claim(): boolean {
    if (this.#sharedRoom === null) return true;
    if (!this.#sharedRoom.take()) return false;
    this.#claimed += 1;
    return true;
  }

  /** No attempt begins for which room was taken. */
  unclaim(): void {
    if (this.#claimed === 0) return;
    this.#claimed -= 1;
    this.#sharedRoom?.giveBack();
  }

  /** Another thread has passed room for a request to this one. */
  gotPassed(): void {
    this.#sharedRoom?.passed();
  }

  /** Whether a new client that was on the servers `tried` could be sent here if there were room. */
  isWorthWaiting(tried: ReadonlySet<string>): boolean {
    // Where others give it room, that may be so just now.
    const mayBeFull = this.#sharedRoom !== null || this.isFull;
    return mayBeFull && this.share > 0 && !this.isFailing && !this.isEjected && !tried.has(this.key);
  }

  /** Whether it gets no requests because of how it answered, or only one at a time. */
  get isEjected(): boolean {
    return this.standing.state !== 'good';
  }

  /** How many times it was ejected. */
  get ejections(): number {
    return this.standing.ejections;
  }

  /** Names the server in a client's cookie: the same on every balancer, and telling no address. */
  get stickyId(): string {
    this.#stickyId ??= createHash('sha256')
      .update([this.#home.id, this.#server.id, this.port].join('\n'))
      .digest('hex')
      .slice(0, 16);
    return this.#stickyId;
  }

  /** Closes the connections that are idle now; those in use go on. */
  closeIdle(): void {
    this.pool.closeIdle();
    this.rawPool?.closeIdle();
  }

  /** It has left, or we stop: closes what is idle, and what is in use as soon as it is done. */
  retire(): void {
    this.pool.retire();
    this.rawPool?.retire();
  }

  /** An attempt begins. Returns the number of the trial that it is (`Standing.begin`). */
  begin(isSent = true): number {
    this.inFlight += 1;
    if (this.#claimed > 0) this.#claimed -= 1;
    else this.#room?.add();
    return this.standing.begin(isSent);
  }

  /** An attempt is over, which was this trial. */
  end(trial = 0): void {
    this.inFlight -= 1;
    this.standing.end(trial);
    if (this.#room !== null && !this.#isTunnelEnding) {
      this.#room.giveBack();
      return;
    }
    this.#isTunnelEnding = false;
    this.#home.gotRoom();
  }

  /** An attempt has become a tunnel: until `tunnelEnded` it is in flight, but no request. */
  tunnelBegan(): void {
    this.#room?.giveBack();
  }

  /** To be called before `end`. */
  tunnelEnded(): void {
    this.#isTunnelEnding = true;
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
