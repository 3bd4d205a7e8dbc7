/** The answer of `active-lb explain --service stack/name --with-label k=v`, for a terminal. */

import type { DryRun, DryRunFinding } from './dryRun.ts';
import { printable, wrap } from './explainLines.ts';
import type { ChangeCounts } from './changeCounts.ts';
import type { Change } from '../routing/diff.ts';
import { count, STATE_WORDS } from './words.ts';

/** What would become of a service, and what would differ. */
export function dryRunText(id: string, run: DryRun): string {
  const { service, state, summary, changes, moreChanges, findings, moreFindings, wouldBeHeld, notes } = run;
  const lines = [
    'dry run: nothing of this is applied',
    '',
    `${printable(id)}: ${state === null ? 'no labels' : STATE_WORDS[state]}`,
    ...wrap(summary ?? '', '  ', '  '),
    ...(service?.hosts ?? []).map((host) => `  host ${printable(host)}`),
    '',
    ...wrap(`changes: ${countWords(run.counts)}`, '', '  '),
    ...changes.filter(isTold).flatMap(({ text }) => wrap(text, '  ', '      ')),
    ...rest(moreChanges, 'change'),
    ...(findings.length === 0 ? [] : ['', 'findings']),
    ...findings.flatMap((finding) => findingLines(finding, id)),
    ...rest(moreFindings, 'finding'),
    ...(wouldBeHeld ? ['', ...wrap(HELD, '', '  ')] : []),
    ...notes.flatMap((note) => ['', ...wrap(`note: ${note}`, '', '  ')]),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is new of findings stands among them, in full. */
function isTold({ what, kind }: Change): boolean {
  return what !== 'finding' || kind === 'removed';
}

const HELD =
  'held: it would remove most of the servers at once, so it would go live only after LB_REMOVAL_HOLD, or when somebody releases it';

function findingLines({ service, severity, code, label, message, isNew }: DryRunFinding, asked: string) {
  const of = service === asked ? '' : ` of ${service}`;
  const about = label === null ? '' : ` (${label})`;
  return [
    `  ${severity} ${code}${printable(`${of}${about}`)}${isNew ? ', new' : ''}`,
    ...wrap(message, '      ', '      '),
  ];
}

function rest(n: number, noun: string): readonly string[] {
  return n === 0 ? [] : [`  and ${count(n, `more ${noun}`)}`];
}

/** `2 routes added, 1 server removed`, or that there are none. */
function countWords({ routes, servers, findings }: ChangeCounts): string {
  const parts = [
    ...words('route', routes),
    ...words('server', servers),
    ...words('finding', { ...findings, changed: 0 }),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function words(noun: string, counts: ChangeCounts['routes']): readonly string[] {
  return (['added', 'removed', 'changed'] as const).flatMap((kind) =>
    counts[kind] === 0 ? [] : [`${count(counts[kind], noun)} ${kind}`],
  );
}
