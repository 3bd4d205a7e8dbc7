import { durationWords } from '../../control/words.ts';
import { isoTime } from '../overview.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';

/** `12 s ago`, with the moment itself to hover over and for machines. */
export function ago(at: number, now: number): Html {
  return agoFor(at, now - at);
}

/** The same where it is known how long ago it was (null: no time at all), whatever became of the time of day. */
export function agoFor(at: number, ms: number | null): Html {
  const iso = isoTime(at);
  return html`<time datetime="${iso}" title="${iso}">${durationWords(ms ?? 0)} ago</time>`;
}
