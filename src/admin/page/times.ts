import { isoTime } from '../overview.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';

const UNITS = [
  { ms: 86_400_000, name: 'day' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const;

/** A duration in its largest unit: `12 s`, `3 min`, `5 h`, `2 days`. */
export function durationWords(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms);
  if (unit === undefined) return `${Math.max(0, Math.round(ms / 1000))} s`;
  const n = Math.floor(ms / unit.ms);
  return `${n} ${unit.name}${unit.name === 'day' && n > 1 ? 's' : ''}`;
}

/** `12 s ago`, with the moment itself to hover over and for machines. */
export function ago(at: number, now: number): Html {
  const iso = isoTime(at);
  return html`<time datetime="${iso}" title="${iso}">${durationWords(now - at)} ago</time>`;
}
