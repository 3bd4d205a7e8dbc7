import { useEffect } from 'preact/hooks';
import type { Overview } from '../admin/overview.ts';
import { PAGES } from '../admin/pages.ts';
import { useAnswer, type Answered } from './answers.ts';
import { connection, greeting } from './live.ts';
import { DryRunPage } from './pages/dryRun.tsx';
import { ExplainPage } from './pages/explain.tsx';
import { HistoryEntryPage, HistoryPage } from './pages/history.tsx';
import { NotFoundPage } from './pages/notFound.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { RoutesPage } from './pages/routes.tsx';
import { ServicePage, ServicesPage } from './pages/services.tsx';
import { ConnectionState } from './parts/connectionState.tsx';
import { Logo } from './parts/logo.tsx';
import { Troubles } from './parts/troubles.tsx';
import { place } from './place.ts';

/** The whole dashboard: what is around all pages, and the one whose path it is. */
export function App() {
  const overview = useAnswer<Overview>('/api/overview');
  const title = titleOf(overview);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <a class="brand" href="/">
          <Logo />
          <h1>active-lb</h1>
        </a>
        <span class="dim">{greeting.value?.version}</span>
        <ConnectionState />
        <nav aria-label="Pages">
          <ul>
            {PAGES.map(({ path, name }) => (
              <li key={path}>
                <a href={path} aria-current={isWithin(path) ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="main" class={connection.value.state === 'lost' ? 'lost' : ''}>
        <Troubles overview={overview} />
        <PageAt segments={segmentsOf(place.value.path)} overview={overview.value} />
      </main>
      <footer>
        <p>
          JSON: <a href="/api/overview">overview</a>, <a href="/api/routes">routes</a>,{' '}
          <a href="/api/services">services</a>, <a href="/api/history">history</a>,{' '}
          <a href="/api/version">version</a>, <a href="/ready">ready</a>; <a href="/metrics">metrics</a>
        </p>
      </footer>
    </>
  );
}

interface PageAtProps {
  /** Of the path. */
  readonly segments: readonly string[];
  readonly overview: Overview | null;
}

function PageAt({ segments, overview }: PageAtProps) {
  const [first, second, third] = segments;
  switch (`${first ?? ''} ${segments.length}`) {
    case ' 0':
      return <OverviewPage overview={overview} />;
    case 'routes 1':
      return <RoutesPage overview={overview} />;
    case 'services 1':
      return <ServicesPage />;
    case 'services 3':
      return <ServicePage id={`${second}/${third}`} />;
    case 'explain 1':
      return <ExplainPage />;
    case 'dry-run 1':
      return <DryRunPage />;
    case 'history 1':
      return <HistoryPage />;
    case 'history 2':
      return <HistoryEntryPage id={second ?? ''} />;
    default:
      return <NotFoundPage />;
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter(Boolean).map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isWithin(path: string): boolean {
  const { path: here } = place.value;
  return path === '/' ? here === '/' : here === path || here.startsWith(`${path}/`);
}

/** State first: it is what is seen of a tab among many. */
function titleOf(overview: Answered<Overview>): string {
  const { path, query } = place.value;
  const page = PAGES.findLast((each) => isWithin(each.path))?.name ?? '';
  const [, ...segments] = segmentsOf(path);
  const subject = segments.join('/') || query.get('service') || query.get('host');
  return `${stateOf(overview)}${subject === null ? '' : `${subject} · `}${page} · active-lb`;
}

function stateOf({ value, error }: Answered<Overview>): string {
  if (connection.value.state === 'lost') return 'connection lost · ';
  if (error !== null) return 'no answer · ';
  if (value === null) return '';
  const { table, metadata } = value;
  if (table === null) return 'no table · ';
  if (metadata.stale) return 'stale · ';
  if (metadata.held !== null) return 'held · ';
  return metadata.lastError === null ? '' : 'metadata fails · ';
}
