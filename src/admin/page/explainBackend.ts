import type { BackendExplanation } from '../../control/explainServers.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { badge } from './badges.ts';

/** A backend with its servers and their shares, and the containers that receive nothing. */
export function renderBackend({ id, balancing, servers, containers }: BackendExplanation): Html {
  return html`<div class="steps">
    <p class="mono">${id}</p>
    ${balancing.map((sentence) => html`<p>${sentence}</p>`)}
    <table class="containers">
      <caption>
        Servers of ${id}
      </caption>
      <thead>
        <tr>
          <th scope="col">Server or container</th>
          <th scope="col">Receives requests?</th>
        </tr>
      </thead>
      <tbody>
        ${servers.map(({ id: name, url, weight, receives, sharePercent, why }) =>
          row(
            name,
            receives
              ? html`${badge('good', `${sharePercent} %`)} <span class="mono">${url}</span>
                  <span class="dim">weight ${weight}</span>`
              : html`${badge('warning', 'no')} ${why} <span class="mono">${url}</span>`,
          ),
        )}
        ${containers.map(({ name, reason, why }) =>
          row(name, html`${badge('warning', 'no')} ${why} <code>${reason}</code>`),
        )}
        ${servers.length + containers.length === 0 ? row('none', html`the service has no containers`) : null}
      </tbody>
    </table>
  </div>`;
}

function row(name: string, cell: Html): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${cell}</td>
  </tr>`;
}
