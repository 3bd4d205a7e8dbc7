import { useMemo } from 'preact/hooks';
import type { Overview } from '../../admin/overview.ts';
import type { RouteView } from '../../control/views.ts';
import { grouped } from '../../control/words.ts';
import { useAnswer } from '../answers.ts';
import { figure } from '../figures.ts';
import { finder, foundWords, orderOf, pageOf, sorted } from '../list.ts';
import { statistics } from '../live.ts';
import { Answer } from '../parts/answer.tsx';
import { Badge } from '../parts/badge.tsx';
import { Pager } from '../parts/pager.tsx';
import { looked, Search } from '../parts/search.tsx';
import { SortHead } from '../parts/sortHead.tsx';
import { place, serviceHref } from '../place.ts';
import { routeHref } from '../routeHref.ts';
import { isTripped } from '../serviceRows.ts';

interface Routes {
  readonly tableId: string;
  readonly routes: readonly RouteView[];
}

/** A route, and its place in the table. */
interface Row {
  readonly index: number;
  readonly route: RouteView;
  /** Lower case. */
  readonly text: string;
}

/** `order`: that of the table. */
const COLUMNS = ['order', 'host', 'path', 'service', 'servers', 'rate'] as const;
type Column = (typeof COLUMNS)[number];

/** Which requests go where. */
export function RoutesPage({ overview }: { readonly overview: Overview | null }) {
  const answered = useAnswer<Routes>('/api/routes');
  return (
    <>
      <h2 tabIndex={-1}>Routes</h2>
      <Search label="Show only routes with" placeholder="a host, path, service, server…" />
      <Answer answered={answered}>{(routes) => <RouteTable routes={routes} overview={overview} />}</Answer>
    </>
  );
}

interface RouteTableProps {
  readonly routes: Routes;
  readonly overview: Overview | null;
}

function RouteTable({ routes: { tableId, routes }, overview }: RouteTableProps) {
  const { query } = place.value;
  const order = orderOf<Column>(query.get('sort'), COLUMNS);
  const rates = ratesOf(tableId);
  const rows = useMemo(
    () => routes.map((route, index): Row => ({ index, route, text: textOf(route) })),
    [routes],
  );
  const isFound = finder(looked());
  const found = rows.filter(({ text }) => isFound(text));
  const worth = (row: Row) => WORTH[order.column](row, rates.get(row.index) ?? 0);
  const page = pageOf(sorted(found, worth, order.isDescending), query.get('page'));
  return (
    <>
      <p class="note" role="status">
        {foundWords(found.length, rows.length, 'route')}
      </p>
      {page.total > 0 && (
        <div class="scroll">
          <table>
            <caption>Which requests go to which service</caption>
            <thead>
              <tr>
                <SortHead column="host" order={order}>
                  Host
                </SortHead>
                <SortHead column="path" order={order} class="wide-only">
                  Path
                </SortHead>
                <SortHead column="service" order={order} class="wide-only">
                  Service
                </SortHead>
                <SortHead column="servers" order={order} isNumber class="wide-only">
                  Servers
                </SortHead>
                <SortHead column="rate" order={order} isNumber>
                  Requests/s
                </SortHead>
              </tr>
            </thead>
            <tbody>
              {page.rows.map((row) => (
                <RouteRow key={row.index} row={row} rate={rates.get(row.index)} overview={overview} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager page={page} noun="route" />
    </>
  );
}

interface RouteRowProps {
  readonly row: Row;
  readonly rate: number | undefined;
  readonly overview: Overview | null;
}

function RouteRow({ row: { route }, rate, overview }: RouteRowProps) {
  const { host, path, pathKind, priority, conditions, rewrite, passHostHeader, service, segment } = route;
  const href = routeHref(route, overview?.entrypoints ?? []);
  const isWhole = pathKind === 'exact' || pathKind === 'pattern';
  return (
    <tr>
      <th scope="row">
        {href === null ? (
          host
        ) : (
          <a href={href} rel="noreferrer">
            {host}
          </a>
        )}
        <span class="narrow-only mono" title={isWhole ? 'exactly' : undefined}>
          <wbr />
          {path}
        </span>
        <div class="narrow-only">
          → <a href={serviceHref(service)}>{service}</a> {segment !== null && `segment ${segment}`}{' '}
          {route.refusal === null && (
            <span class="dim">
              servers <Servers route={route} />
            </span>
          )}
        </div>
        {route.refusal !== null && <p class="dim">{route.refusal}</p>}
        {priority !== null && <p class="dim">priority {priority}</p>}
        {conditions.map((condition, i) => (
          <p class="dim" key={condition}>
            {i === 0 ? 'if' : 'and'} {condition}
          </p>
        ))}
        {rewrite.map((step) => (
          <p class="dim" key={step}>
            {step}
          </p>
        ))}
        {!passHostHeader && <p class="dim">servers see their own address as Host</p>}
      </th>
      <td class="wide-only">
        <span class="mono">{path}</span> {isWhole && <span class="dim">exactly</span>}
      </td>
      <td class="wide-only">
        <a href={serviceHref(service)}>{service}</a>
        {segment !== null && <p class="dim">segment {segment}</p>}
      </td>
      <td class="number wide-only">
        <Servers route={route} />
      </td>
      <td class="number">{route.refusal === null ? figure(rate ?? 0) : <Badge tone="bad">503</Badge>}</td>
    </tr>
  );
}

function Servers({ route: { refusal, servers, circuitBreaker } }: { readonly route: RouteView }) {
  if (refusal !== null) return <>–</>;
  const well = receiving(servers);
  if (isTripped({ circuitBreaker })) return <Badge tone="bad">circuit breaker {circuitBreaker?.state}</Badge>;
  if (servers.length === 0) return <Badge tone="warning">none</Badge>;
  if (well === 0) return <Badge tone="warning">none of {servers.length}</Badge>;
  return <>{well === servers.length ? grouped(well) : `${grouped(well)} of ${grouped(servers.length)}`}</>;
}

function receiving(servers: RouteView['servers']): number {
  return servers.filter(({ status }) => status === 'active' || status === 'standby').length;
}

/** Requests each second, by the route's place in this table; of another table, nothing is known. */
function ratesOf(tableId: string): ReadonlyMap<number, number> {
  const { value } = statistics;
  return new Map(value?.routesOf === tableId ? value.routes : []);
}

/** What a row is worth in a column. */
const WORTH: Readonly<Record<Column, (row: Row, rate: number) => string | number>> = {
  order: ({ index }) => index,
  host: ({ route }) => route.host,
  path: ({ route }) => route.path,
  service: ({ route }) => route.service,
  servers: ({ route }) => receiving(route.servers),
  rate: (_, rate) => rate,
};

function textOf({ host, path, service, segment, servers, refusal }: RouteView): string {
  const parts = [host + path, service, segment ?? '', refusal ?? '', ...servers.map(({ url }) => url)];
  return parts.join('\n').toLowerCase();
}
