import { goodAnswerFrom } from './answers.ts';
import { ANSWER_NUMBER, type Answer, type Cut } from './case.ts';
import type { Random } from './random.ts';

/**
 * What a server writes that it must not, or that it does not end. Whatever is wrong comes after all before it has had its effect, so that it does not
 * depend on packets how much of it a client has got by then.
 */
export function badAnswerFrom(random: Random, mayHold: boolean): Answer {
  const good = goodAnswerFrom(random);
  return random.weighted<() => Answer>([
    [6, () => brokenOff(random, good)],
    [
      3,
      () => ({ ...good, head: '', body: '', cuts: [], afterwards: random.pick(['end', 'reset'] as const) }),
    ],
    [mayHold ? 1 : 0, () => ({ ...good, afterwards: 'hold' })],
    [3, () => ({ ...good, extra: random.pick(EXTRAS), cuts: [] })],
    [6, () => withHead(good, random.pick(BAD_HEADS))],
    [2, () => withLine(random, good, random.pick(BAD_LINES))],
    [2, () => badChunk(random)],
    [1, () => withLine(random, good, `X-Long: ${'z'.repeat(random.pick([15_000, 60_000, 66_000]))}`)],
    [
      1,
      () =>
        withLine(
          random,
          good,
          Array.from({ length: random.pick([99, 200, 2_100]) }, (_, i) => `X-${i}: 1`).join('\r\n'),
        ),
    ],
    [1, () => withLine(random, { ...good, afterwards: 'end' }, 'Connection: close')],
    [
      2,
      () => ({ ...good, head: SWITCH, body: 'tunnelled', afterwards: random.pick(['keep', 'end'] as const) }),
    ],
  ])();
}

const SWITCH = `HTTP/1.1 101 Switching Protocols\r\n${ANSWER_NUMBER}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

const EXTRAS = [
  'x',
  '\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra',
  '\0',
  'HTTP',
  'extra bytes\r\n\r\n',
];

const BAD_HEADS = [
  'garbage\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'HTTP/1.1  200 OK\r\n\r\n',
  'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n',
  'ICY 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 abc OK\r\n\r\n',
  '\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200\tOK\r\nContent-Length: 0\r\n\r\n',
  '\x16\x03\x01\0\r\n\r\n',
  'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n \r\n',
  ' HTTP/1.1 200 OK\r\n\r\n',
];

const BAD_LINES = [
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 5\r\nContent-Length: 5',
  'Content-Length: -1',
  'X-Odd : 1',
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: gzip',
  'X-Odd: a\0b',
  'X-Odd',
  ': x',
  'X-Odd: 1\r\n folded',
  'X-Odd: a\rb',
  'X-Odd: a\nb',
  'Content-Length: 5, 5',
  'X(: 1',
  'Content-Length: abc',
  'Transfer-Encoding: chunked, gzip',
  'Content-Length: 99999999999999999999',
  'X-Odd: a\x01b',
];

function withHead(good: Answer, head: string): Answer {
  return { ...good, head, body: '', cuts: [], afterwards: 'end' };
}

function withLine(random: Random, good: Answer, line: string): Answer {
  const lines = good.head.slice(0, -4).split('\r\n');
  lines.splice(random.between(2, lines.length), 0, line);
  // All at once: some of this is no flaw at all, and some ends the response where nobody knows.
  return { ...good, head: `${lines.join('\r\n')}\r\n\r\n`, cuts: [], afterwards: 'end' };
}

function badChunk(random: Random): Answer {
  const head = `HTTP/1.1 200 OK\r\n${ANSWER_NUMBER}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const sound = '3\r\nabc\r\n';
  const flaw = random.pick([
    'g\r\n',
    '-1\r\nx',
    '\r\n\r\n',
    '1\nx\n',
    'ffffffffffffffffff\r\n',
    '1\r\nxy\r\n',
    '0\r\nX Y: 1\r\n\r\n',
    '0\r\n\n',
    '1;\r\nx\r\n0\r\n\r\n',
    '1; x = y\r\nx\r\n0\r\n\r\n',
    '1;x="\r\nx\r\n0\r\n\r\n',
    '0\r\nX-Sum\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '0\r\nTransfer-Encoding: chunked\r\n\r\n',
    '0\r\n folded: 1\r\n\r\n',
    `0\r\nX-Long: ${'z'.repeat(17_000)}\r\n\r\n`,
  ]);
  const cuts: readonly Cut[] = [
    { at: head.length, wait: 'quiet' },
    { at: head.length + sound.length, wait: 'quiet' },
  ];
  return { isEarly: false, interim: '', head, body: sound + flaw, extra: '', cuts, afterwards: 'end' };
}

function brokenOff(random: Random, good: Answer): Answer {
  const text = good.head + good.body;
  const at = random.percent(40) ? random.below(good.head.length) : random.below(text.length);
  const head = good.head.slice(0, at);
  const body = good.body.slice(0, Math.max(0, at - good.head.length));
  return { ...good, head, body, afterwards: random.pick(['end', 'reset'] as const) };
}
