import type { ServiceState } from '../../control/words.ts';
import { STATE_WORDS } from '../../control/words.ts';
import type { Severity } from '../../model/finding.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';

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
export function sign(tone: Tone): Html {
  return html`<span class="sign ${tone}" aria-hidden="true">${SIGNS[tone]}</span>`;
}

export function badge(tone: Tone, words: string): Html {
  return html`<span class="badge ${tone}">${sign(tone)}${words}</span>`;
}

export function stateBadge(state: ServiceState): Html {
  return badge(STATE_TONES[state], STATE_WORDS[state]);
}

export function severityBadge(severity: Severity): Html {
  return badge(SEVERITY_TONES[severity], severity);
}
