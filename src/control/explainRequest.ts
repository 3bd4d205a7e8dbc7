import { STATUS_CODES } from 'node:http';
import type { Derivation } from '../model/derivation.ts';
import type { Backend, Route } from '../model/table.ts';
import {
  explainRequest as findRoute,
  type JudgedRoute,
  type RequestExplanation as RouteExplanation,
  type RouteTest,
} from '../routing/explain.ts';
import { ANSWER_WORDS, rewriteWords, routeWords } from '../routing/words.ts';
import { hintsForConflicts, hintsForHost, type Hint } from './explainHints.ts';
import type { AskedRequest } from './explainQuestion.ts';
import { NO_CONDITIONS, serverKey, type Conditions } from './conditions.ts';
import { explainBackend, type BackendExplanation } from './explainServers.ts';
import { count } from './words.ts';

/** What becomes of one request, step by step: the answer of `/api/explain?host=…`. */
export interface RequestExplanation {
  /** One sentence. */
  readonly summary: string;
  /** Whether it reaches a server. */
  readonly forwarded: boolean;
  /** As the proxy understands it. */
  readonly request: {
    readonly host: string;
    readonly method: string;
    readonly target: string;
    /** As paths are compared; null where servers differ on where its `..` lead. */
    readonly path: string | null;
    /** Names alone: values may be credentials. */
    readonly headers: readonly string[];
  };
  /** The routes that concern the host, in the order in which they are tried. */
  readonly considered: readonly ConsideredRoute[];
  /** How many more there are. */
  readonly unlisted: number;
  readonly winner: WinningRoute | null;
  readonly sent: SentRequest | null;
  readonly backend: BackendExplanation | null;
  /** What the proxy answers by itself; null where the request reaches a server. */
  readonly answer: ExplainedAnswer | null;
  readonly hints: readonly Hint[];
}

export type { RouteTest };

export interface ConsideredRoute {
  /** Which requests it takes, in words. */
  readonly route: string;
  /** `stack/name`. */
  readonly service: string;
  readonly segment: string | null;
  readonly priority: number | null;
  readonly takes: boolean;
  readonly tests: readonly RouteTest[];
}

export interface WinningRoute {
  readonly route: string;
  readonly service: string;
  readonly segment: string | null;
  readonly priority: number | null;
  /** The id of its backend. */
  readonly backend: string;
  /** Why it comes before the others that take the request. */
  readonly reasons: readonly string[];
}

/** What the server is asked for. */
export interface SentRequest {
  readonly target: string;
  /** What was done to the path. */
  readonly rewrite: readonly string[];
  /** `X-Forwarded-Prefix`; null: not sent. */
  readonly forwardedPrefix: string | null;
  /** Null: the server's own address. */
  readonly host: string | null;
}

export interface ExplainedAnswer {
  readonly status: number;
  /** The body, without its line end. */
  readonly text: string;
  /** What the body does not tell: why a service is refused. Null: nothing. */
  readonly why: string | null;
}

/** Explains what becomes of a request by this derivation. `conditions` are what is known of servers and backends at the moment. */
export function explainRequest(
  derivation: Derivation,
  request: AskedRequest,
  conditions: Conditions = NO_CONDITIONS,
): RequestExplanation {
  const { table, services } = derivation;
  const found = findRoute(table, request);
  const { winner, considered, unlisted, sent } = found;
  const backend = table.backends.find(({ id }) => id === winner?.backend);
  const explained =
    backend === undefined || winner?.refusal !== null ? null : explainBackend(backend, services, conditions);
  const answer = answerOf(found, request.host, backend, explained, conditions);
  return {
    summary: summaryOf(request, winner, explained, answer),
    forwarded: answer === null,
    request: {
      host: request.host,
      method: request.method,
      target: request.target,
      path: found.path,
      headers: request.fields.filter((_, i) => i % 2 === 0),
    },
    considered: considered.map(viewConsidered),
    unlisted,
    winner: winner === null ? null : viewWinner(winner, found.reasons),
    sent: winner === null || sent === null || answer !== null ? null : viewSent(winner, sent, request),
    backend: explained,
    answer,
    hints:
      found.verdict === 'no-route'
        ? hintsForHost(request.host, derivation)
        : hintsForConflicts(request.host, services),
  };
}

function viewConsidered({ route, tests, takes }: JudgedRoute): ConsideredRoute {
  const { service, segment, priority } = route;
  return { route: routeWords(route), service, segment, priority, takes: takes === true, tests };
}

function viewWinner(winner: Route, reasons: readonly string[]): WinningRoute {
  const { service, segment, priority, backend } = winner;
  return { route: routeWords(winner), service, segment, priority, backend, reasons };
}

function viewSent(
  { rewrite, passHostHeader }: Route,
  { target, prefix }: NonNullable<RouteExplanation['sent']>,
  { authority }: AskedRequest,
): SentRequest {
  return {
    target,
    rewrite: rewriteWords(rewrite),
    forwardedPrefix: prefix,
    host: passHostHeader ? authority : null,
  };
}

/** What `proxy/router.ts` answers; null where it forwards. */
function answerOf(
  { verdict, winner }: RouteExplanation,
  host: string,
  backend: Backend | undefined,
  explained: BackendExplanation | null,
  conditions: Conditions,
): ExplainedAnswer | null {
  if (verdict === 'no-route') return own(404, ANSWER_WORDS.noRoute(host), null);
  if (verdict === 'too-long') return own(414, ANSWER_WORDS.tooLong, null);
  if (verdict === 'ambiguous' || winner === null) return own(400, ANSWER_WORDS.ambiguousPath, null);
  if (winner.refusal !== null) return own(503, ANSWER_WORDS.refused(winner.service), winner.refusal);
  const servers = explained?.servers ?? [];
  if (backend === undefined || servers.length === 0)
    return own(503, ANSWER_WORDS.noServer(winner.service), null);
  if (conditions.breakers.get(backend.id) === 'open')
    return own(503, ANSWER_WORDS.circuitOpen(backend.id), null);
  if (servers.some(({ receives }) => receives)) return null;
  const allFail = backend.servers.every((server) => conditions.failing.has(serverKey(backend.id, server)));
  return allFail
    ? own(503, ANSWER_WORDS.allFailing(backend.id), null)
    : own(503, ANSWER_WORDS.noneLeft(backend.id), noNewClients(backend));
}

function noNewClients({ stickiness }: Backend): string {
  const others =
    stickiness === null ? '' : `; a client whose cookie ${stickiness.cookie} names one is served`;
  return `none of its servers may receive new clients${others}`;
}

function own(status: number, detail: string, why: string | null): ExplainedAnswer {
  return { status, text: `${status} ${STATUS_CODES[status]}: ${detail}`, why };
}

function summaryOf(
  { method, host, target }: AskedRequest,
  winner: Route | null,
  backend: BackendExplanation | null,
  answer: ExplainedAnswer | null,
): string {
  const asked = `${method} ${host}${target}`;
  if (answer !== null)
    return `${asked} is answered ${answer.text}${answer.why === null ? '' : `, because ${answer.why}`}.`;
  const receiving = backend?.servers.filter(({ receives }) => receives).length ?? 0;
  const where = receiving === 1 ? 'its only server' : `one of ${count(receiving, 'server')}`;
  return `${asked} goes to ${winner?.service}, to ${where}.`;
}
