import { durationWords } from '../../control/words.ts';
import { isoTime } from '../overview.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';

/** `12 s ago`, with the moment itself to hover over and for machines. */
export function ago(at: number, now: number): Html {
  const iso = isoTime(at);
  return html`<time datetime="${iso}" title="${iso}">${durationWords(now - at)} ago</time>`;
}
