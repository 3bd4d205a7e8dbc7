import type { Logger } from 'pino';
import type { Hold, HoldEnd } from './events.ts';
import { count, durationWords, firstOf } from './words.ts';

/** Tells that refreshes are held from now on, and how to let the latest through; `releaseUrl` is where. */
export function announceHeld(log: Logger, hold: Hold, releaseUrl: string): void {
  const { since, until, serversBefore, serversAfter, servicesLost } = hold;
  const untilIso = new Date(until).toISOString();
  const lost = servicesLost.length === 0 ? '' : `, none of them of ${firstOf(servicesLost)}`;
  log.warn(
    {
      event: 'removal-held',
      until: untilIso,
      serversBefore,
      serversAfter,
      servicesLost: servicesLost.length,
    },
    `a refresh would leave ${serversAfter} of ${count(serversBefore, 'server')}${lost}; it is held for ${durationWords(until - since)}, until ${untilIso}, and what is installed stays. If it is meant: curl -X POST ${releaseUrl}`,
  );
}

const END_WORDS: Readonly<Record<HoldEnd, string>> = {
  time: 'the time of the refresh that was held is up: it is installed now',
  release: 'the refresh that was held was released: it is installed now',
  return: 'enough servers are there again: nothing is held any more',
};

/** Tells why nothing is held any more. */
export function announceHoldEnded(log: Logger, by: HoldEnd): void {
  log[by === 'time' ? 'warn' : 'info']({ event: 'removal-hold-ended', by }, END_WORDS[by]);
}
