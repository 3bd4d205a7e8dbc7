import { releaseForm } from './releaseForm.ts';
import type { Hold } from '../../control/events.ts';
import type { EntrypointStatus, Install, MetadataStatus, Status } from '../../control/status.ts';
import { count, durationWords, firstOf, grouped } from '../../control/words.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { viewsOf } from '../installViews.ts';
import type { Tone } from './badges.ts';
import { badge, sign } from './badges.ts';
import { ago, agoFor } from './times.ts';

/** What must be seen before all else: that requests are served, or why not, and how old what they are routed by is. */
export function renderNotices(status: Status, now: number): readonly Html[] {
  const { notReady, metadata } = status;
  const notices = [
    ...(notReady.length > 0 ? [notReadyNotice(notReady)] : []),
    ...(metadata.held === null ? [] : [heldNotice(metadata.held, now)]),
    ...(metadata.stale ? [staleNotice(status, now)] : []),
    ...(metadata.lastError !== null && !metadata.stale
      ? [failingNotice(metadata.lastError, status.install, now)]
      : []),
  ];
  return notices.length > 0
    ? notices
    : [notice('good', 'Ready', html`<p>${readySentence(status.install)}</p>`)];
}

/** A box that must be seen first. */
export function notice(tone: Tone, title: string, body: Html): Html {
  return html`<section class="notice ${tone}">
    <h2>${sign(tone)}${title}</h2>
    ${body}
  </section>`;
}

function notReadyNotice(reasons: readonly string[]): Html {
  const items = reasons.map((reason) => html`<li>${reason}</li>`);
  return notice(
    'bad',
    'Not ready',
    html`<ul>
      ${items}
    </ul>`,
  );
}

function heldNotice({ since, until, serversBefore, serversAfter, servicesLost }: Hold, now: number): Html {
  const lost = servicesLost.length === 0 ? '' : `, none of them of ${firstOf(servicesLost)}`;
  return notice(
    'warning',
    'Held',
    html`<p>
        Metadata that was read ${ago(since, now)} would leave ${serversAfter} of
        ${count(serversBefore, 'server')}${lost}. Requests are routed as before
        ${until > now ? html`for ${durationWords(until - now)} more` : 'until it is read again'}, unless the
        servers come back.
      </p>
      <p>If it is meant, install it at once (<code>POST /api/release</code>):</p>
      ${releaseForm()}`,
  );
}

function staleNotice({ metadata, install }: Status, now: number): Html {
  const since =
    metadata.lastSuccessAt !== null
      ? html`Metadata was last read ${agoFor(metadata.lastSuccessAt, metadata.ageMs)}.`
      : metadata.fromState !== null
        ? html`Metadata has not been read since the start; what is known was read
          ${ago(metadata.fromState.readAt, now)} and kept on disk.`
        : html`Metadata has never been read.`;
  return notice(
    'bad',
    'Stale',
    html`<p>${since} ${staysSentence(install)}</p>
      ${errorText(metadata.lastError, now)}`,
  );
}

function failingNotice(
  error: NonNullable<MetadataStatus['lastError']>,
  install: Install | null,
  now: number,
): Html {
  return notice(
    'warning',
    'Metadata cannot be read',
    html`<p>${staysSentence(install)}</p>
      ${errorText(error, now)}`,
  );
}

function readySentence(install: Install | null): string {
  return install === null || install.derivation.table.routes.length === 0
    ? 'There is no route yet, so every request is answered 404.'
    : 'Requests follow the routes below.';
}

function staysSentence(install: Install | null): string {
  return install === null
    ? 'Nothing is routed yet.'
    : 'Requests are routed by the last table that could be made.';
}

function errorText(error: MetadataStatus['lastError'], now: number): Html | null {
  return error === null ? null : html`<p class="error-text">${ago(error.at, now)}: ${error.message}</p>`;
}

/** The cards: table, findings, entrypoints, metadata. */
export function renderCards({ install, metadata, entrypoints }: Status, now: number): readonly Html[] {
  return [
    card('Table', install === null ? html`<p class="big">none yet</p>` : renderTable(install, now)),
    card('Findings', renderFindingCounts(install)),
    card(
      'Entrypoints',
      html`<ul>
        ${entrypoints.map(renderEntrypoint)}
      </ul>`,
    ),
    card('Metadata', renderMetadata(metadata, install)),
  ];
}

function card(title: string, body: Html): Html {
  return html`<section class="card">
    <h2>${title}</h2>
    ${body}
  </section>`;
}

const ENTRYPOINT_TONES: Readonly<Record<EntrypointStatus['state'], Tone>> = {
  listening: 'good',
  waiting: 'warning',
  closing: 'warning',
};

function renderEntrypoint({ name, address, port, state }: EntrypointStatus): Html {
  const where = address === '::' || address === '0.0.0.0' ? 'all addresses' : address;
  return html`<li>
    <p class="big">${name} <span class="mono">:${port}</span></p>
    <p>${badge(ENTRYPOINT_TONES[state], state)} <span class="dim">on ${where}</span></p>
  </li>`;
}

function renderTable(install: Install, now: number): Html {
  const { routes, services, servers } = viewsOf(install).counts;
  return html`<p class="big">${count(routes, 'route')}</p>
    <p>to ${count(services, 'service')} on ${count(servers, 'server')}</p>
    <p class="dim">
      <span class="mono">${install.derivation.table.id}</span>, installed ${ago(install.installedAt, now)}
    </p>`;
}

function renderMetadata(metadata: MetadataStatus, install: Install | null): Html {
  const { url, lastSuccessAt, ageMs } = metadata;
  return html`<p class="big">
      ${lastSuccessAt === null ? 'never read' : html`read ${agoFor(lastSuccessAt, ageMs)}`}
    </p>
    ${metadataBadge(metadata)}
    <p class="dim mono">${url}</p>
    ${install === null ? null : html`<p class="dim">version <span class="mono">${install.metadataVersion}</span></p>`}`;
}

function metadataBadge({ stale, lastError, lastSuccessAt, held }: MetadataStatus): Html | null {
  if (stale) return html`<p>${badge('bad', 'stale')}</p>`;
  if (held !== null) return html`<p>${badge('warning', 'held')}</p>`;
  if (lastError !== null) return html`<p>${badge('warning', 'failing')}</p>`;
  return lastSuccessAt === null ? html`<p>${badge('warning', 'waiting')}</p>` : null;
}

function renderFindingCounts(install: Install | null): Html {
  if (install === null) return html`<p class="big">none yet</p>`;
  const { errors, warnings } = viewsOf(install).counts;
  if (errors + warnings === 0)
    return html`<p class="big">none</p>
      <p>${badge('good', 'nothing to mend')}</p>`;
  return html`<p class="big">${grouped(errors + warnings)}</p>
    <p>
      ${errors === 0 ? null : badge('bad', count(errors, 'error'))}
      ${warnings === 0 ? null : badge('warning', count(warnings, 'warning'))}
    </p>`;
}
