import { hostname } from 'node:os';
import type { FailingServer } from '../model/condition.ts';
import type { Table } from '../model/table.ts';
import type { Match, Matcher } from '../routing/matcher.ts';
import { buildMatcher } from '../routing/matcher.ts';
import type { Rewritten, Unclear } from '../routing/rewrite.ts';
import { ANSWER_WORDS } from '../routing/words.ts';
import type { BackendTraffic, TrafficContext } from '../traffic/backendTraffic.ts';
import type { News } from '../traffic/news.ts';
import type { Passed } from '../traffic/sharedLimits.ts';
import { Traffic } from '../traffic/traffic.ts';
import { bodyTooLarge, type Failure } from './failure.ts';
import { trustedRequestId, valuesOf, type Peer } from './fields.ts';
import { readHead, type ParsedHead, type RequestHead } from './request.ts';
import { nextRequestId } from './requestIds.ts';
import type { ProxySettings } from './settings.ts';
import { clientAmong, isPrivate, plainAddress, trustOf } from './trust.ts';

/** What is known of every request. */
interface Read {
  /** As its parser handed it over; empty where there was nothing to hand over. */
  readonly parsed: ParsedHead;
  /** Null where it cannot be understood. */
  readonly head: RequestHead | null;
  readonly peer: Peer;
  readonly requestId: string;
}

/** A request that has a backend. */
export interface Routed extends Read {
  readonly kind: 'routed';
  readonly head: RequestHead;
  readonly match: Match;
  /** What the server is asked for. */
  readonly sent: Rewritten;
  readonly traffic: BackendTraffic;
}

/** A request that is answered by the proxy itself. */
export interface Unroutable extends Read {
  readonly kind: 'unroutable';
  readonly failure: Failure;
  /** The one that it would have taken; null where none was found. */
  readonly match: Match | null;
}

/** What a router tells of, and what time it is. */
export interface RouterContext extends Pick<
  TrafficContext,
  'clock' | 'breakerChanged' | 'ejected' | 'readmitted' | 'shared'
> {
  /** A private peer that is not trusted sent forwarded fields. Told once for each. */
  readonly untrustedForwarder: (peer: string) => void;
}

const EMPTY: Table = { id: '', routes: [], backends: [] };
const MAX_REMEMBERED_PEERS = 100;
/** Of a request whose head did not come, or is not HTTP. */
const NOTHING_PARSED: ParsedHead = { method: '', target: '', version: '', fields: [] };

/** What both lanes ask: head in, backend or failure out. Holds the installed table: the one reference that a swap changes. */
export class Router {
  readonly serverName = hostname();
  readonly #settings: ProxySettings;
  readonly #isTrusted: (peer: string) => boolean;
  readonly #context: RouterContext;
  readonly #toldPeers = new Set<string>();
  readonly #traffic: Traffic;
  #matcher: Matcher = buildMatcher(EMPTY);

  constructor(settings: ProxySettings, context: RouterContext) {
    this.#settings = settings;
    this.#isTrusted = trustOf(settings.trustedProxies);
    this.#context = context;
    this.#traffic = new Traffic({
      ...context,
      serverIdleMs: settings.timeouts.serverIdleMs,
      insecureSkipVerify: settings.insecureSkipVerify,
      serverRequests: settings.limits.serverRequests,
      queue: settings.limits.queue,
    });
  }

  /** Routes by this table from the next request on. */
  install(table: Table, matcher: Matcher): void {
    this.#matcher = matcher;
    this.#traffic.attach(table);
  }

  /** These servers, and no others, fail their active health check. */
  setFailing(failing: readonly FailingServer[]): void {
    this.#traffic.setFailing(failing);
  }

  /** Does as another thread does that has found something out. */
  learn(news: News): void {
    this.#traffic.learn(news);
  }

  /** Another thread has passed room at a server to this one; false where there is no such server any more. */
  gotPassed(server: NonNullable<Passed['server']>): boolean {
    return this.#traffic.gotPassed(server);
  }

  /** Keeps no connection to any server from now on. */
  retire(): void {
    this.#traffic.retire();
  }

  /** The backends that had requests. */
  get backends(): Iterable<BackendTraffic> {
    return this.#traffic.backends;
  }

  /** Who sent a request: the peer, or whom a trusted one names. */
  readonly clientOf = ({ parsed, peer }: Routed | Unroutable): string =>
    peer.isTrusted
      ? clientAmong(valuesOf(parsed.fields, 'x-forwarded-for'), peer.address, this.#isTrusted)
      : peer.address;

  /** A request that cannot be understood, as far as its parser got. */
  unread(
    failure: Failure,
    remoteAddress: string | undefined,
    parsed: ParsedHead = NOTHING_PARSED,
  ): Unroutable {
    const peer = this.peerAt(remoteAddress);
    return { kind: 'unroutable', parsed, head: null, peer, requestId: nextRequestId(), failure, match: null };
  }

  route(parsed: ParsedHead, remoteAddress: string | undefined): Routed | Unroutable {
    const head = readHead(parsed);
    if ('kind' in head) return this.unread(head, remoteAddress, parsed);
    return this.routeHead(parsed, head, this.peerAt(remoteAddress));
  }

  /** The same for a head that was read already, of a peer that is known. */
  routeHead(parsed: ParsedHead, head: RequestHead, peer: Peer): Routed | Unroutable {
    if (!peer.isTrusted) this.#tellOfForwarder(head, peer.address);
    const requestId = trustedRequestId(head, peer) ?? nextRequestId();
    const read = { parsed, head, peer, requestId };
    const match = this.#matcher.match(head, peer.isTrusted);
    if (match === null) return unroutable(read, noRoute(head.host));
    if (typeof match === 'string') return unroutable(read, UNCLEAR[match]);
    const sent = rewrite(head, match);
    if (typeof sent === 'string') return unroutable(read, UNCLEAR[sent], match);
    const failure = expectationFailure(head) ?? this.#refusal(head, match);
    if (failure !== null) return unroutable(read, failure, match);
    const traffic = this.#traffic.of(match.backend);
    const circuitFailure = openCircuit(traffic);
    if (circuitFailure !== null) return unroutable(read, circuitFailure, match);
    return { kind: 'routed', parsed, head, peer, requestId, match, sent, traffic };
  }

  /** Who is at the other end of a connection. */
  peerAt(remoteAddress: string | undefined): Peer {
    const address = plainAddress(remoteAddress);
    return { address, isTrusted: this.#isTrusted(address), scheme: 'http' };
  }

  #refusal(head: RequestHead, { terms, backend }: Match): Failure | null {
    if (terms.refusal !== null) return { kind: 'refused', detail: ANSWER_WORDS.refused(terms.service) };
    const limit = this.#settings.limits.bodyBytes;
    if (limit > 0 && head.contentLength > limit) return bodyTooLarge(limit);
    if (backend.servers.length === 0) {
      return { kind: 'no-server', detail: ANSWER_WORDS.noServer(terms.service) };
    }
    return null;
  }

  #tellOfForwarder(head: RequestHead, peer: string): void {
    if (this.#toldPeers.size >= MAX_REMEMBERED_PEERS || this.#toldPeers.has(peer)) return;
    if (!head.claimsToForward || !isPrivate(peer)) return;
    this.#toldPeers.add(peer);
    this.#context.untrustedForwarder(peer);
  }
}

type ReadRequest = Read & { readonly head: RequestHead };

/** An expectation that is not known comes before whatever else is wrong. */
function unroutable(read: ReadRequest, failure: Failure, match: Match | null = null): Unroutable {
  return { kind: 'unroutable', ...read, failure: expectationFailure(read.head) ?? failure, match };
}

/** Asked last, since the circuit breaker counts what it lets through. */
function openCircuit(traffic: BackendTraffic): Failure | null {
  const retryAfterSeconds = traffic.refusedForSeconds();
  if (retryAfterSeconds === null) return null;
  return { kind: 'circuit-open', detail: ANSWER_WORDS.circuitOpen(traffic.backend.id), retryAfterSeconds };
}

/** RFC 9110 §10.1.1: HTTP/1.0 knows no expectations; the others know one. */
function expectationFailure({ version, expectation }: RequestHead): Failure | null {
  return version === '1.0' || expectation === '' || expectation === '100-continue'
    ? null
    : { kind: 'unknown-expectation', detail: 'the only expectation that this proxy knows is 100-continue' };
}

const UNCLEAR: Readonly<Record<Unclear, Failure>> = {
  ambiguous: { kind: 'bad-request', detail: ANSWER_WORDS.ambiguousPath },
  'too-long': { kind: 'target-too-long', detail: ANSWER_WORDS.tooLong },
};

function rewrite(head: RequestHead, { rewriter }: Match): Rewritten | Unclear {
  return rewriter === null ? { target: head.target, prefix: null } : rewriter(head.target);
}

function noRoute(host: string): Failure {
  return { kind: 'no-route', detail: ANSWER_WORDS.noRoute(host) };
}
