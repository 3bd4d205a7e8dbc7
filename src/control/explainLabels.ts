import { collectLabels, isMisplaced, type Label } from '../labels/label.ts';
import { meaningOf } from '../labels/meaning.ts';
import { redactRule } from '../labels/meaningRule.ts';
import { recognise } from '../labels/registry.ts';
import { shownKey } from '../labels/shown.ts';
import type { Finding } from '../model/finding.ts';
import type { ServiceReport } from '../model/report.ts';
import { isSecretLabel, redactLabels } from '../model/secret.ts';

/**
 * `works`: it does what it says. `no-effect`: something else speaks louder, it asks for nothing, or the service is not published. `refuses`: it
 * keeps the service, or the part that it is about, from being routed. `unknown`: neither family knows it. `not-supported`: we do not, yet.
 */
export type LabelEffect = 'works' | 'no-effect' | 'refuses' | 'unknown' | 'not-supported';

/** An effect in a word or two. */
export const EFFECT_WORDS: Readonly<Record<LabelEffect, string>> = {
  works: 'works',
  'no-effect': 'no effect',
  refuses: 'refuses',
  unknown: 'unknown',
  'not-supported': 'not supported',
};

/** How one label of a service was understood. */
export interface LabelExplanation {
  /** As its user spelled it. */
  readonly label: string;
  /** Redacted where it may carry credentials. */
  readonly value: string;
  /** The documented name; null where neither family knows it. */
  readonly known: string | null;
  readonly segment: string | null;
  /** A sentence without capital and full stop; null where there is nothing to say. */
  readonly meaning: string | null;
  readonly effect: LabelEffect;
  readonly findings: readonly Finding[];
}

/** How each label of a service was understood, in the order of their names. */
export function explainLabels(report: ServiceReport): readonly LabelExplanation[] {
  const { labels } = collectLabels(report.labels);
  const winners = new Map(labels.map((label) => [label.rawKey.toLowerCase(), label]));
  const isHidden = hiddenBySegments(labels);
  return redactLabels(report.labels).map(([rawKey, value]): LabelExplanation => {
    const name = rawKey.toLowerCase();
    const winner = winners.get(name);
    const isSuperseded = winner !== undefined && winner.rawKey !== rawKey;
    const label = shownKey(rawKey);
    const recognised = recognise(name);
    const findings = report.findings.filter((finding) => finding.label === label);
    const meaning = isSuperseded
      ? `${winner.key} is the same label in another spelling and wins`
      : isHidden(name)
        ? 'each segment of the service has one of its own, and with segments the service as a whole is not published'
        : meaningOf(name, value, report);
    return {
      label,
      // Also of a misspelled label: only a rule asks for header fields.
      value:
        /headers?(?:regexp)?\s*[:=]/i.test(value) || name.endsWith('frontend.rule')
          ? redactRule(value)
          : value,
      known: recognised?.known.name ?? null,
      segment: recognised?.segment ?? null,
      meaning: meaning ?? (recognised === null ? null : meaningWithout(name, value, findings)),
      effect: isSuperseded || isHidden(name) ? 'no-effect' : effectOf(name, value, report, findings),
      findings,
    };
  });
}

/** Says of a label of the service as a whole whether every segment has the same one. */
function hiddenBySegments(labels: readonly Label[]): (name: string) => boolean {
  const segments = new Set(labels.flatMap((label) => (isMisplaced(label) ? [] : (label.segment ?? []))));
  const own = new Set(labels.flatMap(({ segment, name }) => (segment === null ? [] : `${segment} ${name}`)));
  return (name) =>
    segments.size > 0 &&
    recognise(name)?.segment === null &&
    [...segments].every((segment) => own.has(`${segment} ${name}`));
}

function meaningWithout(name: string, value: string, findings: readonly Finding[]): string | null {
  const recognised = recognise(name);
  if (recognised === null || findings.length > 0) return null;
  return recognised.known.stage === 'A'
    ? 'its value cannot be understood'
    : asksNothing(name, value)
      ? 'it asks for nothing that is not so anyway'
      : null;
}

function effectOf(
  name: string,
  value: string,
  report: ServiceReport,
  findings: readonly Finding[],
): LabelEffect {
  if (recognise(name) === null) return 'unknown';
  if (findings.some(({ severity }) => severity === 'error') && keepsBack(report, findings)) return 'refuses';
  if (findings.some(({ code }) => code === 'unsupported-label')) return 'not-supported';
  if (name === 'traefik.enable') return 'works';
  if (isUnpublished(report) || value.trim() === '' || asksNothing(name, value)) return 'no-effect';
  const isInvalid = findings.some(({ code, severity }) => code === 'invalid-label' && severity === 'warning');
  return isInvalid || findings.some(({ code }) => code === 'label-overridden') ? 'no-effect' : 'works';
}

/** An error of a label may cost only a part: one entry of its list. */
function keepsBack(report: ServiceReport, findings: readonly Finding[]): boolean {
  return (
    !report.routed || findings.some(({ severity, segment }) => severity === 'error' && segment !== undefined)
  );
}

function isUnpublished({ routed, findings }: ServiceReport): boolean {
  return !routed && findings.some(({ code }) => code === 'not-enabled' || code === 'constraint-mismatch');
}

/** What works is told by its meaning, also where it is our default; of the others, the value may say that nothing is asked for. */
function asksNothing(name: string, value: string): boolean {
  const known = recognise(name)?.known;
  if (known === undefined || known.stage === 'A' || isSecretLabel(name)) return false;
  return known.asksNothing(value);
}
