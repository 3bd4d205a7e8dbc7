import { PROGRAM } from '../control/program.ts';
import type { HistoryEntry } from '../control/historyEntry.ts';
import type { Install, Status } from '../control/status.ts';
import type { Answer, EndlessAnswer } from './answers.ts';
import { errorAnswer, jsonAnswer, preparedJsonAnswer } from './answers.ts';
import { COMMANDS } from './commands.ts';
import { endlessAnswer, type EventStreams } from './eventStreams.ts';
import { explain } from './explain.ts';
import { historyAnswer, historyList } from './history.ts';
import { viewsOf } from './installViews.ts';
import { isoTime, overview } from './overview.ts';
import { documentAnswer } from './page/document.ts';
import { pageAt, PAGES } from './pages.ts';
import type { Target } from './target.ts';
import { healthView, type TrafficFacts } from './traefik/health.ts';

/** Where answers come from. Each is called anew for every request that needs it, so that `/ping` costs nothing. */
export interface Sources {
  readonly status: () => Status;
  /** Newest first; absent: there is none. */
  readonly history?: (() => readonly HistoryEntry[]) | undefined;
  /** Writes `/metrics`; absent: there are none. */
  readonly metrics?: Scraper | undefined;
  /** Absent: there are none. */
  readonly events?: EventStreams | undefined;
  /** For `/health`; absent: there is none. */
  readonly traffic?: (() => Promise<TrafficFacts>) | undefined;
}

/** Writes `/metrics`. */
export type Scraper = () => Promise<{ readonly contentType: string; readonly body: Buffer }>;

/** What an endpoint may look at. */
interface Asked {
  readonly status: () => Status;
  readonly history: () => readonly HistoryEntry[];
  readonly query: URLSearchParams;
  readonly sources: Sources;
}

type Endpoint = (asked: Asked) => Answer | EndlessAnswer | Promise<Answer>;

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/ping', () => ({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK' })],
  ['/ready', ({ status }) => readiness(status())],
  ['/metrics', ({ sources }) => scraped(sources)],
  ['/health', ({ sources, status }) => health(sources, status)],
  ['/api/events', ({ sources: { events } }) => (events ? endlessAnswer(events) : nothingHere('events'))],
  ['/api/version', ({ status }) => jsonAnswer(versionView(status()))],
  ['/api/overview', ({ status }) => jsonAnswer(overview(status()))],
  ['/api/explain', ({ status, query }) => ofInstall(status(), (install) => explanation(install, query))],
  ['/api/history', ({ history }) => historyList(history())],
  // Both, as in Traefik 1.7.
  ['/api', ({ status }) => ofInstall(status(), (install) => viewsOf(install).traefik.answer([]))],
  ['/api/providers', ({ status }) => ofInstall(status(), (install) => viewsOf(install).traefik.answer([]))],
  [
    '/api/routes',
    ({ status }) => ofInstall(status(), (install) => preparedJsonAnswer(viewsOf(install).routesJson)),
  ],
  [
    '/api/services',
    ({ status }) => ofInstall(status(), (install) => preparedJsonAnswer(viewsOf(install).servicesJson)),
  ],
]);

/** Endpoints whose paths go on with names, percent-encoded each. */
interface Family {
  /** How the path is told. */
  readonly shown: string;
  /** How many names there may be. */
  readonly least: number;
  readonly most: number;
  readonly endpoint: (asked: Asked, names: readonly string[]) => Answer;
}

/** By what their paths begin with. */
const FAMILIES: ReadonlyMap<string, Family> = new Map<string, Family>([
  [
    '/api/services',
    {
      shown: '/api/services/{stack}/{name}',
      least: 2,
      most: 2,
      endpoint: ({ status }, names) => oneService(status(), names.join('/')),
    },
  ],
  [
    '/api/history',
    {
      shown: '/api/history/{id}',
      least: 1,
      most: 1,
      endpoint: ({ history }, [id = '']) => historyAnswer(history(), id),
    },
  ],
  [
    '/api/providers',
    {
      shown: '/api/providers/rancher/…',
      least: 1,
      most: 5,
      endpoint: ({ status }, names) =>
        ofInstall(status(), (install) => viewsOf(install).traefik.answer(names)),
    },
  ],
]);

const LOOKING = ['GET', 'HEAD'];

/** The answer to a request that is no command. */
export function answerRequest(
  method: string,
  { path, query }: Target,
  sources: Sources,
): Answer | EndlessAnswer | Promise<Answer> {
  const { status, history = () => [] } = sources;
  const endpoint = findEndpoint(path);
  const allowed = [...(endpoint === null ? [] : LOOKING), ...(COMMANDS.has(path) ? ['POST'] : [])];
  if (allowed.length === 0) return notFound(path);
  if (endpoint === null || !LOOKING.includes(method)) {
    const allow = allowed.join(', ');
    return errorAnswer(405, 'method-not-allowed', `${method} is not possible here; use ${allow}`, {
      Allow: allow,
    });
  }
  return endpoint({ status, history, query: new URLSearchParams(query), sources });
}

function findEndpoint(path: string): Endpoint | null {
  const page = pageAt(path);
  if (page !== null) return ({ status }) => documentAnswer(status(), page.isThere ? 200 : 404);
  const exact = ENDPOINTS.get(path);
  if (exact !== undefined) return exact;
  const [, api, what, ...encoded] = path.split('/');
  const family = FAMILIES.get(`/${api}/${what}`);
  if (family === undefined || encoded.includes('')) return null;
  if (encoded.length < family.least || encoded.length > family.most) return null;
  return (asked) => {
    const names = decoded(encoded);
    return names === null
      ? errorAnswer(
          400,
          'bad-encoding',
          'the path is not percent-encoded UTF-8; a "%" itself is written "%25"',
        )
      : family.endpoint(asked, names);
  };
}

function decoded(names: readonly string[]): readonly string[] | null {
  try {
    return names.map(decodeURIComponent);
  } catch {
    return null;
  }
}

function oneService(status: Status, id: string): Answer {
  return ofInstall(status, (install) => {
    const view = viewsOf(install).serviceView(id);
    return view === undefined
      ? errorAnswer(
          404,
          'no-such-service',
          `no service ${JSON.stringify(id)} carries a traefik.* label; /api/services lists those that do`,
        )
      : jsonAnswer(view);
  });
}

function explanation(install: Install, query: URLSearchParams): Answer {
  const explained = explain(install, query);
  return explained.kind === 'mistake'
    ? errorAnswer(explained.status, explained.code, explained.message)
    : jsonAnswer(explained.explanation);
}

/** Before the first install an empty list would be a lie, so what depends on it answers 503 and says what is awaited. */
function ofInstall({ install, notReady, metadata }: Status, answer: (install: Install) => Answer): Answer {
  if (install !== null) return answer(install);
  const { lastError } = metadata;
  const isTold = lastError === null || notReady.some((reason) => reason.includes(lastError.message));
  const reasons = [...notReady, ...(isTold ? [] : [lastError.message])];
  const message = reasons.length === 0 ? 'no table is installed yet' : reasons.join('; ');
  return errorAnswer(503, 'no-table', message, { 'Retry-After': '1' });
}

async function scraped({ metrics }: Sources): Promise<Answer> {
  return metrics === undefined ? nothingHere('metrics') : { status: 200, ...(await metrics()) };
}

async function health({ traffic }: Sources, status: () => Status): Promise<Answer> {
  if (traffic === undefined) return nothingHere('counts');
  return jsonAnswer(healthView(await traffic(), status().uptimeMs, Date.now()));
}

function nothingHere(what: string): Answer {
  return errorAnswer(404, 'not-found', `there are no ${what} here`);
}

function readiness({ notReady }: Status): Answer {
  return notReady.length === 0
    ? jsonAnswer({ ready: true })
    : jsonAnswer({ ready: false, reasons: notReady }, 503);
}

function versionView({ startedAt, uptimeMs }: Status): object {
  return {
    name: PROGRAM.name,
    version: PROGRAM.version,
    node: process.version,
    startedAt: isoTime(startedAt),
    uptimeSeconds: Math.round(uptimeMs / 1000),
  };
}

function notFound(path: string): Answer {
  const families = [...FAMILIES.values()].map(({ shown }) => shown);
  const paths = [
    ...PAGES.map((page) => page.path),
    ...ENDPOINTS.keys(),
    ...families,
    ...COMMANDS.keys(),
  ].join(', ');
  return errorAnswer(404, 'not-found', `there is no ${path} here; there are ${paths}`);
}
