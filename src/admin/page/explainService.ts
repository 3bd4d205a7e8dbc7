import { EFFECT_WORDS, type LabelEffect, type LabelExplanation } from '../../control/explainLabels.ts';
import type { ServiceExplanation, ServiceRoute } from '../../control/explainService.ts';
import { grouped, REASON_WORDS } from '../../control/words.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { badge, stateBadge, type Tone } from './badges.ts';
import { renderBackend } from './explainBackend.ts';
import { renderFinding } from './findings.ts';
import { filterHref } from './links.ts';

const EFFECT_TONES: Readonly<Record<LabelEffect, Tone>> = {
  works: 'good',
  'no-effect': 'quiet',
  refuses: 'bad',
  unknown: 'warning',
  'not-supported': 'warning',
};

/** How each label of a service was understood, and what the result is. */
export function renderServiceExplanation(explanation: ServiceExplanation): Html {
  const { service, state, summary, labels, defaults, routes, backends, containers } = explanation;
  const told = new Set(labels.flatMap(({ findings }) => findings));
  const others = explanation.findings.filter((finding) => !told.has(finding));
  // The others stand at their backend.
  const idle = backends.length > 0 ? [] : containers;
  return html`<section aria-labelledby="service">
      <h2 id="service">${service} ${stateBadge(state)}</h2>
      <p>${summary} <a href="${filterHref(service)}">Its place on the main page</a></p>
      ${others.length === 0 ? null : html`<div class="steps">${others.map(renderFinding)}</div>`}
    </section>
    <section aria-labelledby="labels">
      <h2 id="labels">Labels <span class="count">${grouped(labels.length)}</span></h2>
      <ul class="labels">
        ${labels.map(renderLabel)}
      </ul>
    </section>
    ${
      defaults.length === 0
        ? null
        : html`<section aria-labelledby="defaults">
            <h2 id="defaults">What no label says</h2>
            <ul class="steps">
              ${defaults.map((sentence) => html`<li>${sentence}</li>`)}
            </ul>
          </section>`
    }
    ${
      routes.length === 0
        ? null
        : html`<section aria-labelledby="routes">
            <h2 id="routes">Routes</h2>
            <ul class="steps">
              ${routes.map((route) => renderRoute(route, explanation.service))}
            </ul>
          </section>`
    }
    ${
      backends.length === 0
        ? null
        : html`<section aria-labelledby="servers">
            <h2 id="servers">Servers</h2>
            ${backends.map(renderBackend)}
          </section>`
    }
    ${
      idle.length === 0
        ? null
        : html`<section aria-labelledby="containers">
            <h2 id="containers">Containers</h2>
            <ul class="steps">
              ${idle.map(
                ({ name, reason }) =>
                  html`<li>
                    <span class="mono">${name}</span>
                    ${reason === null ? 'is eligible, but its service is not routed' : REASON_WORDS[reason]}
                  </li>`,
              )}
            </ul>
          </section>`
    }`;
}

function renderLabel({ label, value, meaning, effect, findings }: LabelExplanation): Html {
  return html`<li>
    <p class="mono label-text">${label}=${value}</p>
    <p>
      ${badge(EFFECT_TONES[effect], EFFECT_WORDS[effect])}
      ${meaning === null ? null : effect === 'no-effect' ? html`it says: ${meaning}` : meaning}
    </p>
    ${findings.map(renderFinding)}
  </li>`;
}

function renderRoute(
  { route, service, segment, priority, rewrite, refusal }: ServiceRoute,
  asked: string,
): Html {
  return html`<li>
    <span class="mono">${route}</span>
    ${service === asked ? null : html`<span class="dim">of ${service}, which shares the backend</span>`}
    ${segment === null ? null : html`<span class="dim">segment ${segment}</span>`}
    ${priority === null ? null : html`<span class="dim">priority ${priority}</span>`}
    ${rewrite.map((step) => html`<span class="dim">${step}</span> `)}
    ${refusal === null ? null : html`${badge('bad', 'answers 503')} ${refusal}`}
  </li>`;
}
