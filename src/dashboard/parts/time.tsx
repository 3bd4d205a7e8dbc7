import { signal } from '@preact/signals';
import { durationWords } from '../../control/words.ts';
import { clockTime } from '../figures.ts';

/** The time of day, to the second: what shows an age follows it. */
const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1_000);

/** How long ago, with the moment itself for whoever points at it. `at`: ISO 8601, or milliseconds since the epoch. */
export function Ago({ at }: { readonly at: string | number }) {
  const moment = new Date(at);
  const ageMs = Math.max(0, now.value - moment.getTime());
  return (
    <time dateTime={moment.toISOString()} title={moment.toISOString()}>
      {ageMs < 1_500 ? 'just now' : `${durationWords(ageMs)} ago`}
    </time>
  );
}

/** A moment, as a clock and a calendar on the reader's wall show it. */
export function Moment({ at }: { readonly at: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={at}>
      {moment.toLocaleDateString('en-GB', { dateStyle: 'medium' })}, {clockTime(moment)}
    </time>
  );
}
