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
  const hasChanges = changes.length + moreChanges > 0;
  // What is new of findings stands below, in full.
  const told = changes.filter(({ what, kind }) => what !== 'finding' || kind === 'removed');
  return (
    <>
      <Notice tone={toneOf(dryRun)} title={hasChanges ? 'This would change' : 'This would change nothing'}>
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
        <Section title="Findings it would have" aside={findings.length + moreFindings}>
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

function toneOf({ state, summary, findings, wouldBeHeld }: DryRun): Tone {
  const hasNew = (sought: Severity) => findings.some(({ isNew, severity }) => isNew && severity === sought);
  if (hasNew('error') || state === 'refused') return 'bad';
  if (hasNew('warning') || wouldBeHeld || (summary !== null && state !== 'routed')) return 'warning';
  return 'good';
}
