import { count, grouped } from '../../control/words.ts';
import type { Finding } from '../../model/finding.ts';
import type { ServiceReport } from '../../model/report.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { severityBadge } from './badges.ts';
import { filterHref, serviceAnchor } from './links.ts';

/** The page shows so many at the top; each stands at its service too. */
const MAX_AT_TOP = 50;

/** Errors and warnings of these services, errors first; null where there are none. */
export function renderFindings(services: readonly ServiceReport[]): Html | null {
  const all = services.flatMap((report) =>
    report.findings.filter(({ severity }) => severity !== 'info').map((finding) => ({ report, finding })),
  );
  if (all.length === 0) return null;
  const sorted = all.sort((a, b) => severityRank(a.finding) - severityRank(b.finding));
  return html`<section aria-labelledby="findings">
    <h2 id="findings">Findings <span class="count">${grouped(all.length)}</span></h2>
    ${renderCodes(all.map(({ finding }) => finding))}
    <ul class="findings">
      ${sorted.slice(0, MAX_AT_TOP).map(
        ({ report, finding }) =>
          html`<li>
            <p class="finding-of"><a href="#${serviceAnchor(report.id)}">${report.id}</a></p>
            ${renderFinding(finding)}
          </li>`,
      )}
    </ul>
    ${
      all.length > MAX_AT_TOP
        ? html`<p class="note">
            The first ${MAX_AT_TOP} of ${count(all.length, 'finding')}. Each also stands at its service.
          </p>`
        : null
    }
  </section>`;
}

/** One finding: how bad, its code, the label to change, what to do. */
export function renderFinding({ severity, code, label, message }: Finding): Html {
  return html`<div class="finding">
    <p>
      ${severityBadge(severity)} <code>${code}</code>
      ${label === null ? null : html`<span class="dim">label</span> <code>${label}</code>`}
    </p>
    <p>${message}</p>
  </div>`;
}

/** Each code once, with how often it occurs, as a link to the services that have it. */
function renderCodes(findings: readonly Finding[]): Html {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const byCode = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<ul class="codes" aria-label="Show only services with">
    ${byCode.map(
      ([code, n]) =>
        html`<li>
          <a href="${filterHref(code)}">${code} <span class="count">${grouped(n)}</span></a>
        </li>`,
    )}
  </ul>`;
}

function severityRank({ severity }: Finding): number {
  return ['error', 'warning', 'info'].indexOf(severity);
}
