import type { ContainerReport, ServiceReport } from '../../model/report.ts';
import type { BackendView, ServerView, ServiceView } from '../../control/views.ts';
import { REASON_WORDS, count, grouped, isError, outcomeSentence, serviceState } from '../../control/words.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { badge, stateBadge } from './badges.ts';
import { renderFinding } from './findings.ts';
import { explainHref, serviceAnchor } from './links.ts';
import type { Excerpt } from './selection.ts';

/** With more services than this, each is folded up: its line says how it does. */
const MAX_UNFOLDED = 5;

/** A service as it is at the moment, by its id. */
type ViewOf = (id: string) => ServiceView | undefined;

/** Every service shown, each with what it does about requests, and why. */
export function renderServices(services: Excerpt<ServiceReport>, viewOf: ViewOf): Html {
  const { shown, total } = services;
  return html`<section aria-labelledby="services">
    <h2 id="services">Services <span class="count">${grouped(total)} with traefik.* labels</span></h2>
    ${
      total > shown.length
        ? html`<p class="note">
            The first ${shown.length} of ${count(total, 'service')}, those with findings before others. The
            filter finds the rest.
          </p>`
        : null
    }
    ${shown.map((report) => renderService(report, viewOf(report.id), total <= MAX_UNFOLDED))}
  </section>`;
}

function renderService(report: ServiceReport, view: ServiceView | undefined, isOpen: boolean): Html {
  const { servers = [], backends = [] } = view ?? {};
  const { id, hosts, containers, findings } = report;
  const summary = html`<summary>
    <h3>${id}</h3>
    ${stateBadge(serviceState(report))} ${partlyRefusedBadge(report)} ${troubleBadge(servers, 'failing')}
    ${troubleBadge(servers, 'ejected')} ${breakerBadges(backends)}
    <span class="dim">${eligibleWords(containers)}</span>
  </summary>`;
  const body = html`<div class="service-body" id="${serviceAnchor(id)}">
    <p>${outcomeSentence(report)}</p>
    ${findings.map(renderFinding)}
    ${
      hosts.length === 0
        ? null
        : html`<h4>Hosts</h4>
            <ul class="hosts">
              ${hosts.map((host) => html`<li class="mono">${host}</li>`)}
            </ul>`
    }
    ${renderContainers(report, servers)}
    <p><a href="${explainHref(id)}">How its labels were understood</a></p>
  </div>`;
  return html`<details class="service" ${isOpen ? html`open` : null}>${summary} ${body}</details>`;
}

/** A part of a routed service can be refused, such as one of its hosts: its line must not look as if all were well. */
function partlyRefusedBadge({ routed, findings }: ServiceReport): Html | null {
  const errors = findings.filter(isError).length;
  return routed && errors > 0 ? badge('bad', count(errors, 'error')) : null;
}

function troubleBadge(servers: readonly ServerView[], which: 'failing' | 'ejected'): Html | null {
  const troubled = servers.filter(({ status }) => status === which).length;
  return troubled === 0 ? null : badge('warning', `${grouped(troubled)} ${which}`);
}

/** While a circuit breaker is not closed, some or all requests are answered 503, whatever the servers are. */
function breakerBadges(backends: readonly BackendView[]): readonly Html[] {
  return backends.flatMap(({ circuitBreaker }) =>
    circuitBreaker === null || circuitBreaker.state === 'closed'
      ? []
      : badge('warning', `circuit breaker ${circuitBreaker.state}`),
  );
}

function eligibleWords(containers: readonly ContainerReport[]): string {
  if (containers.length === 0) return 'no containers';
  const eligible = containers.filter((container) => container.eligible).length;
  return `${eligible} of ${count(containers.length, 'container')} eligible`;
}

/** Containers with the servers that they are; then servers that are no container of ours. */
function renderContainers({ id, containers }: ServiceReport, servers: readonly ServerView[]): Html | null {
  const names = new Set(containers.map(({ name }) => name));
  const others = servers.filter((server) => !names.has(server.id));
  if (containers.length + others.length === 0) return null;
  return html`<table class="containers">
    <caption>
      Containers of ${id}
    </caption>
    <thead>
      <tr>
        <th scope="col">Container</th>
        <th scope="col">Receives requests?</th>
      </tr>
    </thead>
    <tbody>
      ${containers.map((container) =>
        renderContainer(
          container,
          servers.filter((server) => server.id === container.name),
        ),
      )}
      ${others.map((server) => renderRow(server.id, renderServer(server)))}
    </tbody>
  </table>`;
}

/** A container is one server for each port that is published. */
function renderContainer({ name, reason }: ContainerReport, servers: readonly ServerView[]): Html {
  if (reason !== null) {
    return renderRow(name, html`${badge('warning', 'no')} ${REASON_WORDS[reason]} <code>${reason}</code>`);
  }
  return renderRow(
    name,
    servers.length === 0
      ? html`${badge('quiet', 'no')} eligible, but its service is not routed`
      : html`${servers.map((server) => html`<div>${renderServer(server)}</div>`)}`,
  );
}

function renderServer({ url, weight, status, reason }: ServerView): Html {
  const isInTrouble = status === 'failing' || status === 'ejected';
  const answer = isInTrouble
    ? badge('warning', 'no')
    : status === 'standby'
      ? badge('quiet', 'standby')
      : badge('good', 'yes');
  return html`${answer}
    <span class="mono">${url}</span>
    ${status === 'failing' ? html`its active health check fails: ${reason ?? ''}` : null}
    ${status === 'ejected' ? html`it is ejected, since it ${reason ?? ''}` : null}
    ${status === 'standby' ? 'only while no server on our own host can' : null}
    ${weight === 1 ? null : html`<span class="dim">weight ${weight}</span>`}`;
}

function renderRow(name: string, cell: Html): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${cell}</td>
  </tr>`;
}
