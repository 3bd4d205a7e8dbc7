import type { ChangeCounts } from '../../control/changeCounts.ts';
import type { DryRun } from '../../control/dryRun.ts';
import { count } from '../../control/words.ts';
import type { Severity } from '../../model/finding.ts';
import { serviceHref } from '../place.ts';
import { Badge, StateBadge, type Tone } from './badge.tsx';
import { Changes } from './changes.tsx';
import { FindingView } from './finding.tsx';
import { Notice } from './notice.tsx';
import { Section } from './section.tsx';

/** What would follow from a proposal. */
export function DryRunResult({ dryRun }: { readonly dryRun: DryRun }) {
  const { service, summary, changes, moreChanges, findings, moreFindings, wouldBeHeld, notes } = dryRun;
  // What is new of findings stands below, in full.
  const told = changes.filter(({ what, kind }) => what !== 'finding' || kind === 'removed');
  return (
    <>
      <Notice tone={toneOf(dryRun)} title={`This would change${changeWords(dryRun)}`}>
        {summary !== null && <p>{summary}</p>}
        {wouldBeHeld && (
          <p>
            It would be held: it removes most of the servers at once, so it would go live only after
            LB_REMOVAL_HOLD, or when somebody releases it.
          </p>
        )}
      </Notice>
      {service !== null && (
        <p>
          {service.id} <StateBadge state={service.state} />{' '}
          {service.hosts.map((host) => (
            <span class="mono" key={host}>
              {host}{' '}
            </span>
          ))}
        </p>
      )}
      {notes.map((note) => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
      <Changes changes={told} more={moreChanges} />
      {findings.length > 0 && (
        <Section title="Findings that there would be" aside={findings.length + moreFindings}>
          <ul class="findings">
            {findings.map(({ service: of, isNew, ...finding }, i) => (
              <li key={i}>
                <p class="finding-of">
                  <a href={serviceHref(of)}>{of}</a> {isNew && <Badge tone="warning">new</Badge>}
                </p>
                <FindingView finding={finding} />
              </li>
            ))}
          </ul>
          {moreFindings > 0 && <p class="note">{count(moreFindings, 'more finding')} not shown.</p>}
        </Section>
      )}
    </>
  );
}

/** `: 1 route removed, 1 changed; 2 new errors`, or ` nothing`. */
function changeWords({ counts, findings }: DryRun): string {
  const { routes, servers } = counts;
  const fresh = (sought: Severity) =>
    findings.filter(({ isNew, severity }) => isNew && severity === sought).length;
  const [errors, warnings] = [fresh('error'), fresh('warning')];
  const parts = [
    kindWords('route', routes),
    kindWords('server', servers),
    errors === 0 ? '' : count(errors, 'new error'),
    warnings === 0 ? '' : count(warnings, 'new warning'),
    counts.findings.removed === 0 ? '' : `${count(counts.findings.removed, 'finding')} less`,
  ].filter((part) => part !== '');
  if (parts.length > 0) return `: ${parts.join('; ')}`;
  return counts.findings.added === 0 ? ' nothing' : `: ${count(counts.findings.added, 'finding')}`;
}

function kindWords(noun: string, { added, removed, changed }: ChangeCounts['routes']): string {
  const kinds = Object.entries({ added, removed, changed }).filter(([, n]) => n > 0);
  return kinds.map(([kind, n], i) => `${i === 0 ? count(n, noun) : n} ${kind}`).join(', ');
}

function toneOf({ state, summary, findings, wouldBeHeld }: DryRun): Tone {
  const hasNew = (sought: Severity) => findings.some(({ isNew, severity }) => isNew && severity === sought);
  if (hasNew('error') || state === 'refused') return 'bad';
  if (hasNew('warning') || wouldBeHeld || (summary !== null && state !== 'routed')) return 'warning';
  return 'good';
}
