import type { ServerView, ServiceView } from '../../control/views.ts';
import { count, METHOD_WORDS, REASON_WORDS } from '../../control/words.ts';
import type { ContainerReport } from '../../model/report.ts';
import { figure, latency } from '../figures.ts';
import { statistics } from '../live.ts';
import { dryRunHref, explainHref } from '../place.ts';
import { eligibleOf, type ServiceRow } from '../serviceRows.ts';
import { Badge } from './badge.tsx';
import { FindingView } from './finding.tsx';
import { Section } from './section.tsx';

/** All of a service but its name: what becomes of its requests, its findings, hosts, containers and servers. */
export function ServiceDetails({ row }: { readonly row: ServiceRow }) {
  const { service, requestsPerSecond, errorsPerSecond, p50Ms, p95Ms, inFlight } = row;
  const { id, summary, hosts, findings, backends } = service;
  return (
    <>
      <p>{summary}</p>
      <p>
        <a href={explainHref(id)}>How its labels were understood</a>,{' '}
        <a href={dryRunHref(id)}>try other labels</a>
      </p>
      <dl class="facts">
        <Fact name="Requests">{figure(requestsPerSecond)} a second</Fact>
        <Fact name="Errors (5xx)">{figure(errorsPerSecond)} a second</Fact>
        <Fact name="Latency">
          {latency(p50Ms)}
          {p95Ms !== null && `, 95th ${latency(p95Ms)}`}
        </Fact>
        <Fact name="In flight">{figure(inFlight)}</Fact>
      </dl>
      {findings.length > 0 && (
        <Section title="Findings" aside={findings.length}>
          <ul class="sheet lined">
            {findings.map((finding) => (
              <li key={`${finding.code}${finding.label}${finding.message}`}>
                <FindingView finding={finding} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {hosts.length > 0 && (
        <Section title="Hosts" aside={hosts.length}>
          <ul class="sheet">
            {hosts.map((host) => (
              <li key={host}>
                <a href={`/explain?${new URLSearchParams({ host }).toString()}`}>{host}</a>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Containers and servers" aside={eligibleWords(service)}>
        <Containers row={row} />
      </Section>
      {backends.length > 0 && (
        <Section title="Balancing">
          <ul class="sheet">
            {backends.map(({ id: backend, method, sticky, circuitBreaker }) => (
              <li key={backend}>
                <span class="mono">{backend}</span>: {METHOD_WORDS[method]}
                {sticky && ', sticky sessions'}
                {circuitBreaker !== null && (
                  <>
                    , circuit breaker <code>{circuitBreaker.expression}</code>{' '}
                    <Badge tone={circuitBreaker.state === 'closed' ? 'good' : 'bad'}>
                      {circuitBreaker.state}
                    </Badge>
                  </>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

interface FactProps {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}

function Fact({ name, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function eligibleWords(service: ServiceView): string {
  const { containers } = service;
  if (containers.length === 0) return 'no containers';
  return `${eligibleOf(service)} of ${count(containers.length, 'container')} eligible`;
}

/** Containers with the servers that they are; then servers that are no container of ours. */
function Containers({ row: { service } }: { readonly row: ServiceRow }) {
  const { id, containers, servers, backends } = service;
  const names = new Set(containers.map(({ name }) => name));
  const others = servers.filter((server) => !names.has(server.id));
  if (containers.length + others.length === 0) return <p class="note">It has none.</p>;
  const backendIds = backends.map((backend) => backend.id);
  return (
    <div class="scroll">
      <table>
        <caption>Containers of {id}</caption>
        <thead>
          <tr>
            <th scope="col">Container</th>
            <th scope="col">Receives requests?</th>
            <th scope="col" class="number">
              In flight
            </th>
            <th scope="col" class="number wide-only">
              Ejections
            </th>
            <th scope="col" class="number wide-only">
              Failed connects
            </th>
          </tr>
        </thead>
        <tbody>
          {containers.flatMap((container) => {
            const own = servers.filter((server) => server.id === container.name);
            return own.length === 0
              ? [<IdleRow key={container.name} container={container} />]
              : own.map((server) => <ServerRow key={server.url} server={server} backends={backendIds} />);
          })}
          {others.map((server) => (
            <ServerRow key={`${server.id} ${server.url}`} server={server} backends={backendIds} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function IdleRow({ container: { name, reason } }: { readonly container: ContainerReport }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {reason === null ? (
          <>
            <Badge tone="quiet">no</Badge> eligible, but its service is not routed
          </>
        ) : (
          <>
            <Badge tone="warning">no</Badge> {REASON_WORDS[reason]} <code>{reason}</code>
          </>
        )}
      </td>
      <td class="number">–</td>
      <td class="number wide-only">–</td>
      <td class="number wide-only">–</td>
    </tr>
  );
}

interface ServerRowProps {
  readonly server: ServerView;
  /** It may be in several of these. */
  readonly backends: readonly string[];
}

function ServerRow({ server: { id, url, weight, status, reason }, backends }: ServerRowProps) {
  const counted = (statistics.value?.servers ?? []).filter(
    ([backend, server]) => backends.includes(backend) && server === id,
  );
  const sum = (of: 2 | 3 | 4) => counted.reduce((total, each) => total + each[of], 0);
  return (
    <tr>
      <th scope="row">{id}</th>
      <td>
        {status === 'active' && <Badge tone="good">yes</Badge>}
        {status === 'standby' && <Badge tone="quiet">standby</Badge>}
        {(status === 'failing' || status === 'ejected') && <Badge tone="warning">no</Badge>}{' '}
        <span class="mono">{url}</span> {status === 'standby' && 'only while no server on our own host can'}
        {status === 'failing' && `its active health check fails: ${reason ?? ''}`}
        {status === 'ejected' && `it is ejected, since it ${reason ?? ''}`}{' '}
        {weight !== 1 && <span class="dim">weight {weight}</span>}
      </td>
      <td class="number">{figure(sum(2))}</td>
      <td class="number wide-only">{figure(sum(3))}</td>
      <td class="number wide-only">{figure(sum(4))}</td>
    </tr>
  );
}
