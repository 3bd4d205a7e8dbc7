import { batch, signal } from '@preact/signals';
import type { HelloEvent, LiveEvents, StatisticsEvent } from '../admin/liveEvents.ts';
import type { TotalRates } from '../model/statistics.ts';

/** How the page hears of news. `since`: milliseconds since the epoch. */
export interface Connection {
  /** `resting`: nobody sees the page, so it follows only now and then. */
  readonly state: 'connecting' | 'live' | 'lost' | 'resting';
  readonly since: number;
}

/** A second of all traffic. */
export interface Second extends TotalRates {
  /** Seconds since the epoch. */
  readonly at: number;
}

/** Something that was told, to be shown as one line. */
export interface Told {
  readonly at: string;
  readonly tone: 'good' | 'warning' | 'bad' | 'quiet';
  readonly words: string;
  /** Where to read more; null: nowhere. */
  readonly href: string | null;
}

/** How many seconds charts show. */
export const CHARTED_SECONDS = 300;
/** Lines that are kept. */
const MAX_TOLD = 30;
/** Statistics come each second: a stream that is silent for so long is lost, whatever the browser thinks. */
const SILENCE_MS = 5_000;
/** A stream may begin so late: somebody who is slow to answer is not lost. */
const BEGIN_MS = 15_000;
const RETRY_MS = 2_000;
/** A page that nobody sees for so long lets its stream go: a browser has six connections to an address, for all its pages together. */
const UNSEEN_MS = 10_000;
/** How often it asks then, for its title. */
const RESTING_MS = 30_000;

export const connection = signal<Connection>({ state: 'connecting', since: Date.now() });
export const greeting = signal<HelloEvent | null>(null);
export const statistics = signal<StatisticsEvent | null>(null);
/** Oldest first; a gap stands between those that are not a second apart. */
export const seconds = signal<readonly Second[]>([]);
/** Newest first. */
export const told = signal<readonly Told[]>([]);
/** Whether the daemon is of another version than this page: what it answers may be, too. */
export const isOutdated = signal(false);
/** Another number whenever what the daemon answers may differ from before. */
export const news = signal(0);

let source: EventSource | null = null;
let silence: ReturnType<typeof setTimeout> | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let unseen: ReturnType<typeof setTimeout> | undefined;
let resting: ReturnType<typeof setInterval> | undefined;

/** Listens to the daemon from now on, for as long as somebody sees the page, and begins again whenever that breaks off. */
export function followLive(): void {
  listen();
  noteWhetherSeen();
  document.addEventListener('visibilitychange', noteWhetherSeen);
  globalThis.addEventListener('online', () => {
    if (!document.hidden) listen();
  });
}

function noteWhetherSeen(): void {
  clearTimeout(unseen);
  const { state } = connection.value;
  if (document.hidden) unseen = setTimeout(rest, UNSEEN_MS);
  // A page that was put to sleep finds out at once that it has missed something.
  else if (state === 'lost' || state === 'resting') listen();
}

function rest(): void {
  stopListening();
  connection.value = { state: 'resting', since: Date.now() };
  resting = setInterval(() => {
    news.value++;
  }, RESTING_MS);
}

function stopListening(): void {
  source?.close();
  clearTimeout(silence);
  clearTimeout(retry);
  clearInterval(resting);
}

function listen(): void {
  stopListening();
  source = new EventSource('/api/events');
  source.addEventListener('error', lose);
  expectNews(BEGIN_MS);
  hear('hello', greet);
  hear('statistics', count);
  hear('installed', ({ at, summary, id }) =>
    tell({ at, tone: 'quiet', words: `installed: ${summary}`, href: `/history/${id}` }),
  );
  hear('ejected', ({ at, server, services, state, reason }) =>
    tell({
      at,
      tone: 'warning',
      words: `${server} of ${services.join(', ')} is ${state === 'probation' ? 'on probation' : 'ejected'}: it ${reason}`,
      href: null,
    }),
  );
  hear('readmitted', ({ at, server, services }) =>
    tell({ at, tone: 'good', words: `${server} of ${services.join(', ')} gets its share again`, href: null }),
  );
  hear('conditions', () => {
    news.value++;
  });
  hear('metadata-failing', ({ at, error }) =>
    tell({ at, tone: 'bad', words: `metadata cannot be read: ${error}`, href: null }),
  );
  hear('metadata-recovered', ({ at }) =>
    tell({ at, tone: 'good', words: 'metadata can be read again', href: null }),
  );
  hear('held', ({ at }) =>
    tell({
      at,
      tone: 'warning',
      words: 'a refresh is held, since it removes most of the servers',
      href: null,
    }),
  );
  hear('hold-ended', ({ at }) => tell({ at, tone: 'quiet', words: 'the hold is over', href: null }));
}

function hear<K extends keyof LiveEvents>(event: K, act: (data: LiveEvents[K]) => void): void {
  source?.addEventListener(event, ({ data }: MessageEvent<string>) => {
    expectNews(SILENCE_MS);
    batch(() => act(JSON.parse(data) as LiveEvents[K]));
  });
}

function greet(hello: HelloEvent): void {
  const isOther = greeting.value !== null && greeting.value.startedAt !== hello.startedAt;
  if (greeting.value !== null && greeting.value.version !== hello.version) isOutdated.value = true;
  greeting.value = hello;
  const { state, since } = connection.value;
  if (state === 'resting') {
    const words = 'nobody saw this page for a while, and it did not listen: the history has what changed';
    tell({ at: new Date(since).toISOString(), tone: 'quiet', words, href: '/history' });
  }
  connection.value = { state: 'live', since: Date.now() };
  seconds.value = hello.statistics.map(({ at, ...total }) => secondOf(at, total));
  // Whatever was said meanwhile is not told again: all that is shown is asked anew.
  news.value++;
  if (isOther) {
    const words = `the daemon was started anew: ${hello.name} ${hello.version}`;
    tell({ at: hello.startedAt, tone: 'quiet', words, href: null });
  }
}

function count(event: StatisticsEvent): void {
  statistics.value = event;
  seconds.value = [...seconds.value.slice(1 - CHARTED_SECONDS), secondOf(event.at, event.total)];
}

function secondOf(at: string, total: TotalRates): Second {
  return { ...total, at: Math.round(Date.parse(at) / 1_000) };
}

function tell(line: Told): void {
  told.value = [line, ...told.value].slice(0, MAX_TOLD);
  news.value++;
}

function expectNews(withinMs: number): void {
  clearTimeout(silence);
  silence = setTimeout(() => {
    lose();
    listen();
  }, withinMs);
}

function lose(): void {
  if (connection.value.state !== 'lost') connection.value = { state: 'lost', since: Date.now() };
  // A browser comes back by itself unless it was answered with something other than a stream.
  if (source?.readyState !== EventSource.CLOSED) return;
  clearTimeout(silence);
  clearTimeout(retry);
  retry = setTimeout(listen, RETRY_MS);
}
