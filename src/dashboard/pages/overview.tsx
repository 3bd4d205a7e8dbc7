import type { Overview } from '../../admin/overview.ts';
import type { ServiceView } from '../../control/views.ts';
import { count, durationWords, grouped } from '../../control/words.ts';
import type { Finding } from '../../model/finding.ts';
import { useAnswer } from '../answers.ts';
import { statistics, told } from '../live.ts';
import { serviceHref } from '../place.ts';
import { Badge, Sign, type Tone } from '../parts/badge.tsx';
import { Empty } from '../parts/empty.tsx';
import { FindingView } from '../parts/finding.tsx';
import { Section } from '../parts/section.tsx';
import { Ago } from '../parts/time.tsx';
import { TrafficCharts } from '../parts/trafficCharts.tsx';

/** More of them help nobody at a glance; the page of services has them all. */
const MAX_FINDINGS = 20;

/** How it all goes. */
export function OverviewPage({ overview }: { readonly overview: Overview | null }) {
  const services = useAnswer<{ services: readonly ServiceView[] }>('/api/services').value?.services ?? null;
  return (
    <>
      <h2 tabIndex={-1} class="unseen">
        Overview
      </h2>
      {overview === null ? <p class="note">Loading…</p> : <Cards overview={overview} />}
      {services?.length === 0 ? <Empty /> : <TrafficCharts />}
      {services !== null && services.length > 0 && <Findings services={services} />}
      <Occurrences />
    </>
  );
}

function Cards({ overview }: { readonly overview: Overview }) {
  const { table, metadata, entrypoints, findings, conditions } = overview;
  const total = statistics.value?.total;
  return (
    <div class="cards">
      <Card title="Routing">
        {table === null ? (
          <p class="big">nothing yet</p>
        ) : (
          <>
            <p class="big">
              <a href="/routes">{count(table.routes, 'route')}</a>
            </p>
            <p>
              to <a href="/services">{count(table.services, 'service')}</a>, {count(table.servers, 'server')}
            </p>
            <p class="dim">
              installed <Ago at={table.installedAt} />, <a href="/history">history</a>
            </p>
          </>
        )}
      </Card>
      <Card title="Metadata">
        <MetadataState metadata={metadata} />
      </Card>
      <Card title="Entrypoints">
        {entrypoints.map(({ name, address, port, state }) => (
          <p key={name}>
            <Badge tone={state === 'listening' ? 'good' : 'warning'}>{state}</Badge> {name}{' '}
            <span class="mono">
              {address.includes(':') ? `[${address}]` : address}:{port}
            </span>
          </p>
        ))}
        {total !== undefined && (
          <p class="dim">
            {count(total.connections, 'connection')}, {grouped(total.inFlight)} in flight
            {total.waiting + total.queued > 0 && `, ${grouped(total.waiting + total.queued)} waiting`}
          </p>
        )}
      </Card>
      <Card title="Needs a look">
        <Counted n={findings.errors} noun="error" tone="bad" href="/services?show=errors" />
        <Counted n={findings.warnings} noun="warning" tone="warning" href="/services?show=findings" />
        <Counted
          n={conditions.failingServers}
          noun="failing server"
          tone="warning"
          href="/services?show=trouble"
        />
        <Counted
          n={conditions.ejectedServers}
          noun="ejected server"
          tone="warning"
          href="/services?show=trouble"
        />
        <Counted
          n={conditions.openBreakers}
          noun="open circuit breaker"
          tone="bad"
          href="/services?show=trouble"
        />
        {table === null ? (
          <p class="dim">Nothing is known yet.</p>
        ) : (
          [...Object.values(findings), ...Object.values(conditions)].every((n) => n === 0) && (
            <p>
              <Badge tone="good">nothing</Badge>
            </p>
          )
        )}
      </Card>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly children: preact.ComponentChildren;
}

function Card({ title, children }: CardProps) {
  return (
    <section class="card" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function MetadataState({ metadata }: { readonly metadata: Overview['metadata'] }) {
  const { lastError, stale, ageSeconds } = statistics.value?.metadata ?? metadata;
  const tone: Tone = stale ? 'bad' : lastError === null ? 'good' : 'warning';
  return (
    <>
      <p class="big">{ageSeconds === null ? 'never read' : `${durationWords(ageSeconds * 1_000)} old`}</p>
      <p>
        <Badge tone={tone}>{stale ? 'stale' : lastError === null ? 'answers' : 'fails'}</Badge>
      </p>
      <p class="dim">{metadata.url}</p>
    </>
  );
}

interface CountedProps {
  readonly n: number;
  readonly noun: string;
  readonly tone: Tone;
  readonly href: string;
}

function Counted({ n, noun, tone, href }: CountedProps) {
  if (n === 0) return null;
  return (
    <p>
      <a class="counted" href={href}>
        <Sign tone={tone} /> {count(n, noun)}
      </a>
    </p>
  );
}

function Findings({ services }: { readonly services: readonly ServiceView[] }) {
  const all = services
    .flatMap(({ id, findings }) => findings.map((finding) => ({ id, finding })))
    .filter(({ finding }) => finding.severity !== 'info')
    .toSorted((a, b) => rank(a.finding) - rank(b.finding));
  return (
    <Section title="Findings" aside={grouped(all.length)}>
      {all.length === 0 && (
        <p class="note">Every label is understood, and every service that asks for it is routed.</p>
      )}
      <ul class="findings">
        {all.slice(0, MAX_FINDINGS).map(({ id, finding }) => (
          <li key={`${id}\n${finding.code}\n${finding.label}\n${finding.message}`}>
            <p class="finding-of">
              <a href={serviceHref(id)}>{id}</a>
            </p>
            <FindingView finding={finding} />
          </li>
        ))}
      </ul>
      {all.length > MAX_FINDINGS && (
        <p class="note">
          <a href="/services?show=findings">All {count(all.length, 'finding')}</a>, service by service
        </p>
      )}
    </Section>
  );
}

function rank({ severity }: Finding): number {
  return ['error', 'warning', 'info'].indexOf(severity);
}

function Occurrences() {
  return (
    <Section title="While you watched">
      {told.value.length === 0 ? (
        <p class="note">Nothing has changed since this page was opened.</p>
      ) : (
        <ul class="told">
          {told.value.map(({ at, tone, words, href }) => (
            <li key={`${at}${words}`}>
              <Sign tone={tone} />
              <span>{href === null ? words : <a href={href}>{words}</a>}</span>
              <span class="dim">
                <Ago at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
