import { ANSWER_NUMBER, type Answer, type Cut } from './case.ts';
import type { Random } from './random.ts';
import { chunks } from './requests.ts';

const STATUSES = [
  '200 OK',
  '200 OK',
  '200 OK',
  '201 Created',
  '302 Found',
  '404 Not Found',
  '500 Oops',
  '503 Busy',
  '401 No',
  '204 No Content',
  '304 Not Modified',
  '205 Reset',
  '299 ',
  '299',
  '599 \xe4\xff',
  '200 a  b\tc',
  '407 P',
  '999 Odd',
];

const FIELDS = [
  'Content-Type: text/html',
  'Set-Cookie: a=b',
  'set-cookie: c=d; Path=/',
  'X-Empty:',
  'X-Odd:  a  ',
  'X-High: \xff',
  'Date: Sun, 06 Nov 1994 08:49:37 GMT',
  'Server: x',
  'Connection: keep-alive',
  'Connection: X-Empty, close-not',
  'Keep-Alive: timeout=5',
  'Keep-Alive: timeout=60',
  'Proxy-Authenticate: Basic',
  'Upgrade: h2c',
  'Trailer: X-Sum',
  'X-Request-Id: of-the-server',
  'Via: 1.1 x',
  'Connection: Keep-Alive',
  'TE: x',
  'ETag: "x"',
  'X-ETAG:\ty\t',
  'Proxy-Connection: close',
  'X-Forwarded-For: 1',
  'Alt-Svc: h2=":1"',
  'Content-Encoding: gzip',
  'Connection: Date',
];

const INTERIMS = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 100 Go on\r\nX-Any: 1\r\n\r\n',
  'HTTP/1.1 199 Odd\r\nA: b\r\nA: c\r\n\r\n',
];

/** What a server writes that ends no connection and breaks no rule. */
export function goodAnswerFrom(random: Random): Answer {
  const status = random.pick(STATUSES);
  const lines = Array.from({ length: random.pick([0, 0, 1, 3]) }, () => random.pick(FIELDS));
  const content = contentFrom(random);
  const kind = random.weighted([
    [6, 'length'],
    [5, 'chunked'],
    [1, 'close'],
    [1, 'old'],
  ] as const);
  const isBodiless = /^(?:204|304)/.test(status);
  const length = `Content-Length: ${content.length}`;
  if (isBodiless) {
    // What a 304 says of a body is of one that does not come.
    return answer(random, {
      status,
      lines: status.startsWith('304') && random.percent(50) ? [...lines, length] : lines,
      body: '',
    });
  }
  if (kind === 'chunked') {
    const field = `${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: ${random.pick(['chunked', 'chunked', 'Chunked'])}`;
    return answer(random, {
      status,
      lines: insert(random, lines, field),
      body: chunks(random, content, false),
    });
  }
  if (kind === 'close') return { ...answer(random, { status, lines, body: content }), afterwards: 'end' };
  const framed = { status, lines: insert(random, lines, length), body: content };
  return kind === 'length'
    ? answer(random, framed)
    : { ...answer(random, { ...framed, version: '1.0' }), afterwards: 'end' };
}

interface Parts {
  readonly status: string;
  readonly lines: readonly string[];
  readonly body: string;
  readonly version?: string;
}

function answer(random: Random, { status, lines, body, version = '1.1' }: Parts): Answer {
  const head = `HTTP/${version} ${[status, ANSWER_NUMBER, ...lines].join('\r\n')}\r\n\r\n`;
  const interim = random.percent(8)
    ? Array.from({ length: random.between(1, 2) }, () => random.pick(INTERIMS)).join('')
    : '';
  const places = random.percent(50) ? [] : random.places(random.between(1, 5), head.length + body.length);
  const cuts = places.map((at): Cut => ({ at, wait: random.percent(8) ? 'quiet' : 'turn' }));
  const afterwards = random.percent(4) ? 'end' : 'keep';
  return { isEarly: false, interim, head, body, extra: '', cuts, afterwards };
}

function contentFrom(random: Random): string {
  const length = random.weighted([
    [4, 0],
    [10, 3],
    [6, 50],
    [2, 3_000],
    [1, 70_000],
    [1, 200_000],
  ]);
  const unit = random.pick(['r', 'HTTP/1.1 200 OK\r\n\r\n', '0\r\n\r\n', '\0\xff']);
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

function insert(random: Random, lines: readonly string[], line: string): readonly string[] {
  const at = random.below(lines.length + 1);
  return [...lines.slice(0, at), line, ...lines.slice(at)];
}
