import type { ComponentChildren } from 'preact';
import { STATE_WORDS, type ServiceState } from '../../control/words.ts';
import type { Severity } from '../../model/finding.ts';

/** How good or bad something is; each has a colour and a sign of its own, so that no colour speaks alone. */
export type Tone = 'good' | 'warning' | 'bad' | 'quiet';

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', warning: '!', bad: '✕', quiet: '–' };

const STATE_TONES: Readonly<Record<ServiceState, Tone>> = {
  routed: 'good',
  'without-servers': 'warning',
  refused: 'bad',
  'not-selected': 'quiet',
  'not-enabled': 'quiet',
};

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'warning', info: 'quiet' };

/** The sign of a tone; screen readers skip it, since words follow. */
export function Sign({ tone }: { readonly tone: Tone }) {
  return (
    <span class={`sign ${tone}`} aria-hidden="true">
      {SIGNS[tone]}
    </span>
  );
}

interface BadgeProps {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}

export function Badge({ tone, children }: BadgeProps) {
  return (
    <span class={`badge ${tone}`}>
      <Sign tone={tone} />
      {children}
    </span>
  );
}

export function StateBadge({ state }: { readonly state: ServiceState }) {
  return <Badge tone={STATE_TONES[state]}>{STATE_WORDS[state]}</Badge>;
}

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  return <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>;
}
