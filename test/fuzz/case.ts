/** What a case of the fuzzer is: plain data, so that it can be printed, shrunk and played as often as one likes. All text is Latin-1. */

/** What is waited for before the bytes behind a cut are written: a turn of the event loop, or that nothing happens any more. */
export type Wait = 'turn' | 'quiet';

/** Where a stream is torn into two writes. */
export interface Cut {
  /** Bytes before it. */
  readonly at: number;
  readonly wait: Wait;
}

/** What a server does with one request. */
export interface Answer {
  /** Whether it answers without waiting for the whole request. */
  readonly isEarly: boolean;
  /** Written as soon as the head of the request is there. */
  readonly interim: string;
  /** The head, its last empty line included. `ANSWER_NUMBER` in it becomes the number of the request. */
  readonly head: string;
  /** With its framing; left out where the request is a HEAD. */
  readonly body: string;
  /** Written in one go with the last byte of the response. */
  readonly extra: string;
  /** In head and body together. */
  readonly cuts: readonly Cut[];
  /** What follows once nothing happens any more. `hold`: nothing is written, and it ends long after its client has left. */
  readonly afterwards: 'keep' | 'end' | 'reset' | 'hold';
}

/** In the head of an answer: which request it belongs to, so that a response for another one is seen. */
export const ANSWER_NUMBER = 'X-Answer: #';

/** The digits of request numbers. */
export function digitOf(nth: number): string {
  return (nth % 36).toString(36);
}

/** How a client ends a connection that the proxy has not closed, once nothing happens any more. */
export type Ending = 'marker' | 'half-close' | 'reset';

export const SETTINGS_NAMES = ['plain', 'trusting', 'small limits'] as const;
export type SettingsName = (typeof SETTINGS_NAMES)[number];

export const TABLE_NAMES = [
  'plain',
  'strip prefix',
  'add prefix',
  'own host',
  'sticky',
  'conditions',
  'two servers',
  'one dead',
  'all dead',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** One connection of a client, and all that happens behind it. */
export interface Case {
  readonly settings: SettingsName;
  /** Whether the proxy keeps connections to servers. */
  readonly reuse: boolean;
  readonly table: TableName;
  /** What the client sends. `STICKY` in it becomes the name of a server in cookies. */
  readonly bytes: string;
  readonly cuts: readonly Cut[];
  readonly ending: Ending;
  /** In the order in which requests reach servers; those beyond are answered by `PLAIN_ANSWER`. */
  readonly answers: readonly Answer[];
}

/** In what a client sends: what stands for the two servers in a cookie, as long as the real thing, which depends on ports. */
export const STICKY = ['sticky-server--1', 'sticky-server--2'] as const;

export const PLAIN_ANSWER: Answer = {
  isEarly: false,
  interim: '',
  head: `HTTP/1.1 200 OK\r\n${ANSWER_NUMBER}\r\nContent-Length: 2\r\n\r\n`,
  body: 'ok',
  extra: '',
  cuts: [],
  afterwards: 'keep',
};

/** The last request of a client that ends its connection well: it is answered if both sides agree on where it begins. */
export const MARKER = 'GET /end HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';

/** The pieces that a text is torn into. */
export function piecesOf(
  text: string,
  cuts: readonly Cut[],
): readonly { readonly text: string; readonly wait: Wait }[] {
  const inside = cuts.filter(({ at }) => at > 0 && at < text.length);
  return [{ at: 0, wait: 'turn' as const }, ...inside].map(({ at, wait }, i) => ({
    text: text.slice(at, inside[i]?.at ?? text.length),
    wait,
  }));
}
