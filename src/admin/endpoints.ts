import { PROGRAM } from '../control/program.ts';
import type { Install, Status } from '../control/status.ts';
import type { Answer, EndlessAnswer } from './answers.ts';
import { errorAnswer, jsonAnswer, preparedJsonAnswer } from './answers.ts';
import { COMMANDS } from './commands.ts';
import { endlessAnswer, type EventStreams } from './eventStreams.ts';
import { explain } from './explain.ts';
import { viewsOf } from './installViews.ts';
import { isoTime, overview } from './overview.ts';
import { renderExplainPage } from './page/explainPage.ts';
import { renderPage } from './page/page.ts';
import type { Target } from './target.ts';
import { healthView, type TrafficFacts } from './traefikHealth.ts';

/** What is asked besides the status; what is not there, nobody can ask for. */
export interface Sources {
  /** Writes `/metrics`. */
  readonly metrics?: Scraper | undefined;
  readonly events?: EventStreams | undefined;
  /** For `/health`. */
  readonly traffic?: (() => Promise<TrafficFacts>) | undefined;
}

/** What an endpoint may look at; `status` is called by those that need it, so that `/ping` costs nothing. */
interface Asked {
  readonly status: () => Status;
  readonly query: URLSearchParams;
  readonly now: number;
  readonly sources: Sources;
}

export type Scraper = () => Promise<{ readonly contentType: string; readonly body: Buffer }>;

type Endpoint = (asked: Asked) => Answer | EndlessAnswer | Promise<Answer>;

const SERVICE_PATH = '/api/services/{stack}/{name}';

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/', ({ status, query, now }) => htmlAnswer(renderPage(status(), query.get('q') ?? '', now))],
  ['/explain', ({ status, query, now }) => explanationPage(status(), query, now)],
  ['/ping', () => ({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK' })],
  ['/ready', ({ status }) => readiness(status())],
  ['/metrics', ({ sources }) => scraped(sources)],
  ['/health', ({ sources, status }) => health(sources, status)],
  ['/api/events', ({ sources: { events } }) => (events ? endlessAnswer(events) : nothingHere('events'))],
  ['/api/version', ({ status }) => jsonAnswer(versionView(status()))],
  ['/api/overview', ({ status }) => jsonAnswer(overview(status()))],
  ['/api/explain', ({ status, query }) => ofInstall(status(), (install) => explanation(install, query))],
  [
    '/api/routes',
    ({ status }) => ofInstall(status(), (install) => preparedJsonAnswer(viewsOf(install).routesJson)),
  ],
  [
    '/api/services',
    ({ status }) => ofInstall(status(), (install) => preparedJsonAnswer(viewsOf(install).servicesJson)),
  ],
]);

const LOOKING = ['GET', 'HEAD'];

/** The answer to a request that is no command. */
export function answerRequest(
  method: string,
  { path, query }: Target,
  status: () => Status,
  now: number,
  sources: Sources,
): Answer | EndlessAnswer | Promise<Answer> {
  const endpoint = findEndpoint(path);
  const allowed = [...(endpoint === null ? [] : LOOKING), ...(COMMANDS.has(path) ? ['POST'] : [])];
  if (allowed.length === 0) return notFound(path);
  if (endpoint === null || !LOOKING.includes(method)) {
    const allow = allowed.join(', ');
    return errorAnswer(405, 'method-not-allowed', `${method} is not possible here; use ${allow}`, {
      Allow: allow,
    });
  }
  return endpoint({ status, query: new URLSearchParams(query), now, sources });
}

function findEndpoint(path: string): Endpoint | null {
  const exact = ENDPOINTS.get(path);
  if (exact !== undefined) return exact;
  const [, api, services, stack, name, ...more] = path.split('/');
  if (api !== 'api' || services !== 'services' || !stack || !name || more.length > 0) return null;
  return ({ status }) => oneService(status(), stack, name);
}

function oneService(status: Status, encodedStack: string, encodedName: string): Answer {
  let id: string;
  try {
    id = `${decodeURIComponent(encodedStack)}/${decodeURIComponent(encodedName)}`;
  } catch {
    return errorAnswer(
      400,
      'bad-encoding',
      'the path is not percent-encoded UTF-8; a "%" itself is written "%25"',
    );
  }
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

/** Without a question the page is a form to ask one. */
function explanationPage(status: Status, query: URLSearchParams, now: number): Answer {
  const explained =
    status.install === null || [...query.values()].every((value) => value.trim() === '')
      ? null
      : explain(status.install, query);
  const page = htmlAnswer(renderExplainPage(status, explained, query, now));
  return explained?.kind === 'mistake' ? { ...page, status: explained.status } : page;
}

/** Before the first install an empty list would be a lie, so what depends on it answers 503 and says what is awaited. */
function ofInstall({ install, notReady, metadata }: Status, answer: (install: Install) => Answer): Answer {
  if (install !== null) return answer(install);
  const reasons = [...notReady, ...(metadata.lastError === null ? [] : [metadata.lastError.message])];
  const message = ['no table is installed yet', ...new Set(reasons)].join('; ');
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

function htmlAnswer(body: string): Answer {
  return { status: 200, contentType: 'text/html; charset=utf-8', body };
}

function notFound(path: string): Answer {
  const paths = [...ENDPOINTS.keys(), SERVICE_PATH, ...COMMANDS.keys()].join(', ');
  return errorAnswer(404, 'not-found', `there is no ${path} here; there are ${paths}`);
}
