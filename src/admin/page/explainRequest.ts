import type {
  ConsideredRoute,
  RequestExplanation,
  RouteTest,
  SentRequest,
} from '../../control/explainRequest.ts';

import { count } from '../../control/words.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { badge } from './badges.ts';
import { renderBackend } from './explainBackend.ts';
import { explainHref } from './links.ts';
import { notice } from './summary.ts';

/** What becomes of a request, step by step. */
export function renderRequestExplanation(explanation: RequestExplanation): Html {
  const { summary, forwarded, answer, hints, winner, sent, backend } = explanation;
  const tone = forwarded ? 'good' : answer?.status === 404 ? 'warning' : 'bad';
  const title = answer === null ? `Goes to ${winner?.service ?? ''}` : `Is answered ${answer.status}`;
  return html`${notice(tone, title, html`<p>${summary}</p>`)}
  ${
    hints.length === 0
      ? null
      : html`<section aria-labelledby="hints">
          <h2 id="hints">What may help</h2>
          <ul class="steps">
            ${hints.map(
              ({ service, text }) =>
                html`<li>
                  ${text}
                  ${service === null ? null : html`<a href="${explainHref(service)}">Explain ${service}</a>`}
                </li>`,
            )}
          </ul>
        </section>`
  }
  ${renderRequest(explanation)} ${renderConsidered(explanation)}
  ${
    winner === null
      ? null
      : html`<section aria-labelledby="winner">
          <h2 id="winner">3. The winner</h2>
          <div class="steps">
            <p>
              <a href="${explainHref(winner.service)}">${winner.service}</a>
              ${winner.segment === null ? null : html`<span class="dim">segment ${winner.segment}</span>`}
              <span class="mono">${winner.route}</span>
            </p>
            ${winner.reasons.map((reason) => html`<p>${reason}</p>`)}
          </div>
        </section>`
  }
  ${sent === null ? null : renderSent(sent)}
  ${
    backend === null
      ? null
      : html`<section aria-labelledby="servers">
          <h2 id="servers">5. The servers</h2>
          ${renderBackend(backend)}
        </section>`
  }`;
}

function renderRequest({ request }: RequestExplanation): Html {
  const { method, target, host, path, headers } = request;
  return html`<section aria-labelledby="request">
    <h2 id="request">1. The request</h2>
    <div class="steps">
      <p class="mono">${method} ${target}</p>
      <p>host <span class="mono">${host}</span></p>
      ${
        path === null || path === target
          ? null
          : html`<p>routes are matched by the path <span class="mono">${path}</span></p>`
      }
      ${headers.map((name) => html`<p>header <span class="mono">${name}</span></p>`)}
    </div>
  </section>`;
}

function renderConsidered({ considered, unlisted }: RequestExplanation): Html {
  return html`<section aria-labelledby="considered">
    <h2 id="considered">
      2. The routes <span class="count">${count(considered.length + unlisted, 'route')}, in this order</span>
    </h2>
    ${
      considered.length === 0
        ? html`<p class="note">No route concerns this host.</p>`
        : html`<ol class="considered">
            ${considered.map(renderRoute)}
          </ol>`
    }
    ${unlisted === 0 ? null : html`<p class="note">… and ${count(unlisted, 'more route')}.</p>`}
  </section>`;
}

function renderRoute({ route, service, segment, priority, takes, tests }: ConsideredRoute): Html {
  return html`<li>
    <p>
      ${badge(takes ? 'good' : 'quiet', takes ? 'takes it' : 'does not')}
      <a href="${explainHref(service)}">${service}</a>
      ${segment === null ? null : html`<span class="dim">segment ${segment}</span>`}
      <span class="mono">${route}</span>
      ${priority === null ? null : html`<span class="dim">priority ${priority}</span>`}
    </p>
    <ul class="tests">
      ${tests.map(renderTest)}
    </ul>
  </li>`;
}

function renderTest({ asks, passed, why }: RouteTest): Html {
  return html`<li>
    <span class="${passed ? 'yes' : 'no'}">${passed ? 'yes' : 'no'}</span>
    <span>${asks} ${why === null ? null : html`<span class="dim">– ${why}</span>`}</span>
  </li>`;
}

function renderSent({ target, rewrite, forwardedPrefix, host }: SentRequest): Html {
  return html`<section aria-labelledby="sent">
    <h2 id="sent">4. What is sent on</h2>
    <div class="steps">
      <p class="mono">${target}</p>
      ${rewrite.map((step) => html`<p>${step}</p>`)}
      <p>Host: ${host === null ? "the server's own address" : html`<span class="mono">${host}</span>`}</p>
      ${
        forwardedPrefix === null
          ? null
          : html`<p>X-Forwarded-Prefix: <span class="mono">${forwardedPrefix}</span></p>`
      }
    </div>
  </section>`;
}
