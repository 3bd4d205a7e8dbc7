import { useMemo } from 'preact/hooks';
import type { ServiceView } from '../../control/views.ts';
import { count, grouped } from '../../control/words.ts';
import { useAnswer } from '../answers.ts';
import { figure, latency } from '../figures.ts';
import { finder, foundWords, orderOf, pageOf, sorted } from '../list.ts';
import { statistics } from '../live.ts';
import { Answer } from '../parts/answer.tsx';
import { Badge, StateBadge } from '../parts/badge.tsx';
import { Empty } from '../parts/empty.tsx';
import { Pager } from '../parts/pager.tsx';
import { looked, Search } from '../parts/search.tsx';
import { ServiceDetails } from '../parts/serviceDetails.tsx';
import { SortHead } from '../parts/sortHead.tsx';
import { hrefWith, place, serviceHref } from '../place.ts';
import {
  eligibleOf,
  isTripped,
  rankOf,
  serviceRows,
  SHOWS,
  textOfService,
  type ServiceRow,
  type Show,
} from '../serviceRows.ts';

interface Services {
  readonly services: readonly ServiceView[];
}

/** `look`: what should be looked at first. */
const COLUMNS = [
  'look',
  'service',
  'containers',
  'rate',
  'errors',
  'latency',
  'flight',
  'ejections',
] as const;
type Column = (typeof COLUMNS)[number];

const SHOW_WORDS: Readonly<Record<Show, string>> = {
  all: 'All',
  findings: 'With findings',
  errors: 'With errors',
  trouble: 'In trouble',
  busy: 'With traffic',
};

/** All services that carry a label, and how each does. */
export function ServicesPage() {
  const answered = useAnswer<Services>('/api/services');
  return (
    <>
      <h2 tabIndex={-1}>Services</h2>
      <Search label="Show only services with" placeholder="a name, host, container, finding…" />
      <Answer answered={answered}>
        {({ services }) => (services.length === 0 ? <Empty /> : <ServiceList services={services} />)}
      </Answer>
    </>
  );
}

function ServiceList({ services }: Services) {
  const { query } = place.value;
  const order = orderOf<Column>(query.get('sort'), COLUMNS);
  const shown = showOf(query.get('show'));
  const texts = useMemo(
    () => new Map(services.map((service) => [service.id, textOfService(service)])),
    [services],
  );
  const isFound = finder(looked());
  const rows = serviceRows(services, statistics.value);
  const found = rows.filter((row) => SHOWS[shown](row) && isFound(texts.get(row.service.id) ?? ''));
  const page = pageOf(sorted(found, WORTH[order.column], order.isDescending), query.get('page'));
  return (
    <>
      <nav class="choices" aria-label="Which services">
        {(Object.keys(SHOWS) as Show[]).map((each) => (
          <a
            key={each}
            href={hrefWith({ show: each === 'all' ? null : each })}
            aria-current={each === shown ? 'true' : undefined}
          >
            {SHOW_WORDS[each]} <span>{grouped(rows.filter(SHOWS[each]).length)}</span>
          </a>
        ))}
      </nav>
      <p class="note" role="status">
        {foundWords(found.length, rows.length, 'service')}
      </p>
      {page.total > 0 && (
        <div class="scroll">
          <table>
            <caption>How each service does</caption>
            <thead>
              <tr>
                <SortHead column="service" order={order}>
                  Service
                </SortHead>
                <SortHead column="containers" order={order} isNumber>
                  Eligible
                </SortHead>
                <SortHead column="rate" order={order} isNumber>
                  Requests/s
                </SortHead>
                <SortHead column="errors" order={order} isNumber class="wide-only">
                  5xx/s
                </SortHead>
                <SortHead column="latency" order={order} isNumber class="wide-only">
                  p95
                </SortHead>
                <SortHead column="flight" order={order} isNumber class="wide-only">
                  In flight
                </SortHead>
                <SortHead column="ejections" order={order} isNumber class="wide-only">
                  Ejections
                </SortHead>
              </tr>
            </thead>
            <tbody>
              {page.rows.map((row) => (
                <ServiceLine key={row.service.id} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager page={page} noun="service" />
    </>
  );
}

function ServiceLine({ row }: { readonly row: ServiceRow }) {
  const { service, requestsPerSecond, errorsPerSecond, p95Ms, inFlight, ejections } = row;
  const { id, state, containers } = service;
  return (
    <tr>
      <th scope="row">
        <a href={serviceHref(id)}>{id}</a> <StateBadge state={state} /> <Marks service={service} />
      </th>
      <td class="number">
        {grouped(eligibleOf(service))} of {grouped(containers.length)}
      </td>
      <td class="number">{figure(requestsPerSecond)}</td>
      <td class="number wide-only">{figure(errorsPerSecond)}</td>
      <td class="number wide-only">{latency(p95Ms)}</td>
      <td class="number wide-only">{figure(inFlight)}</td>
      <td class="number wide-only">{figure(ejections)}</td>
    </tr>
  );
}

/** What of a service does not go well, beside its state. */
function Marks({ service: { routed, servers, backends, findings } }: { readonly service: ServiceView }) {
  const numberOf = (status: string) => servers.filter((server) => server.status === status).length;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  return (
    <>
      {routed && errors > 0 && <Badge tone="bad">{count(errors, 'error')}</Badge>}{' '}
      {warnings > 0 && <Badge tone="warning">{count(warnings, 'warning')}</Badge>}{' '}
      {(['failing', 'ejected'] as const)
        .filter((status) => numberOf(status) > 0)
        .map((status) => (
          <Badge key={status} tone="warning">
            {numberOf(status)} {status}
          </Badge>
        ))}{' '}
      {backends.filter(isTripped).map(({ id, circuitBreaker }) => (
        <Badge key={id} tone="bad">
          circuit breaker {circuitBreaker?.state}
        </Badge>
      ))}
    </>
  );
}

/** One service, whole. */
export function ServicePage({ id }: { readonly id: string }) {
  const answered = useAnswer<ServiceView>(`/api${serviceHref(id)}`);
  const service = answered.value;
  const [row] = service === null ? [] : serviceRows([service], statistics.value);
  return (
    <>
      <p class="crumbs">
        <a href="/services">Services</a>
      </p>
      <h2 tabIndex={-1}>
        {id} {service !== null && <StateBadge state={service.state} />}{' '}
        {service !== null && <Marks service={service} />}
      </h2>
      <Answer answered={answered}>{() => row !== undefined && <ServiceDetails row={row} />}</Answer>
    </>
  );
}

function showOf(text: string | null): Show {
  return text !== null && Object.hasOwn(SHOWS, text) ? (text as Show) : 'all';
}

/** What a row is worth in a column. */
const WORTH: Readonly<Record<Column, (row: ServiceRow) => string | number | null>> = {
  look: rankOf,
  service: ({ service }) => service.id,
  containers: ({ service }) => eligibleOf(service),
  rate: ({ requestsPerSecond }) => requestsPerSecond,
  errors: ({ errorsPerSecond }) => errorsPerSecond,
  latency: ({ p95Ms }) => p95Ms,
  flight: ({ inFlight }) => inFlight,
  ejections: ({ ejections }) => ejections,
};
