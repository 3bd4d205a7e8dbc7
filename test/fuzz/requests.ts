import { fieldsFrom, hostLinesFrom } from './fields.ts';
import type { Random } from './random.ts';
import { methodFrom, targetFrom, versionFrom } from './targets.ts';

/** The bytes of a request, and where in them it would be telling to wait: before the body, and in it. */
export interface Sent {
  readonly text: string;
  readonly pauses: readonly number[];
}

/** A request of any kind: nearly always one that can be understood. */
export function requestFrom(random: Random): Sent {
  const method = methodFrom(random);
  const space = random.percent(0.5) ? random.pick(['  ', '\t', '']) : ' ';
  const line = `${method} ${targetFrom(random)}${space}${versionFrom(random)}\r\n`;
  const fields = [...hostLinesFrom(random), ...fieldsFrom(random)];
  const hasBody = random.percent(/^(?:POST|PUT|PATCH)$/.test(method) ? 85 : 7);
  const { field, text } = hasBody ? bodyFrom(random) : { field: null, text: '' };
  if (field !== null) fields.splice(random.below(fields.length + 1), 0, `${field}\r\n`);
  const expects = hasBody && random.percent(6);
  if (expects) fields.push(`${random.pick(['Expect: 100-continue', 'expect: 100-Continue'])}\r\n`);
  // Not in the first place of all fields: that would be a fold of the request line, which is among the odd ones.
  const head = `${line}${fields.join('')}\r\n`;
  const inBody = text.length > 1 ? [head.length + random.below(text.length)] : [];
  return { text: head + text, pauses: text === '' ? [] : [head.length, ...inBody] };
}

interface Body {
  /** Null: nothing says that there is one. */
  readonly field: string | null;
  readonly text: string;
}

function bodyFrom(random: Random): Body {
  return random.weighted<() => Body>([
    [40, () => counted(contentFrom(random))],
    [40, () => chunkedFrom(random)],
    [4, () => ({ field: 'Content-Length: 0', text: '' })],
    [3, () => short(random)],
    [
      2,
      () => ({ field: `Content-Length: ${random.pick(['1', '3', '007', '5 '])}`, text: contentFrom(random) }),
    ],
    [2, () => ({ field: random.pick(ODD_FRAMINGS), text: chunks(random, contentFrom(random)) })],
    [1, () => bothFramings(random)],
    [1, () => ({ field: null, text: contentFrom(random) })],
  ])();
}

const ODD_FRAMINGS = [
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: chunked;x=y',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding:\tchunked ',
  'Transfer-Encoding: CHUNKED',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Content-Length: -1',
  'Content-Length: ',
  'Content-Length: five',
];

function contentFrom(random: Random): string {
  const length = random.weighted([
    [10, 2],
    [10, 5],
    [6, 40],
    [4, 290],
    [3, 301],
    [2, 1_500],
    [1, 20_000],
    [1, 70_000],
  ]);
  const unit = random.pick([
    'x',
    'ab',
    '\r\n',
    '\0',
    'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n',
    '0\r\n\r\n',
    '\xff',
  ]);
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

function counted(content: string): Body {
  return { field: `Content-Length: ${content.length}`, text: content };
}

/** Fewer bytes than promised: what comes next, or nothing, is the rest. */
function short(random: Random): Body {
  const content = contentFrom(random);
  return { field: `Content-Length: ${content.length + random.pick([1, 7, 60, 100_000])}`, text: content };
}

function bothFramings(random: Random): Body {
  const text = chunks(random, contentFrom(random));
  return { field: `Content-Length: ${text.length}\r\nTransfer-Encoding: chunked`, text };
}

function chunkedFrom(random: Random): Body {
  const content = contentFrom(random);
  const text = random.percent(8) ? brokenChunks(random, content) : chunks(random, content);
  return { field: `${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: chunked`, text };
}

/** A content in chunks of odd sizes, with extensions and trailers; with `odd` ones, too, which some readers refuse. */
export function chunks(random: Random, content: string, odd = true): string {
  const most = random.pick([1, 3, 16, 1_000, 100_000]);
  // A body in chunks of a byte is as long as needed to show what it does.
  const least = Math.max(most, Math.ceil(content.length / 200));
  let text = '';
  for (let at = 0; at < content.length;) {
    const part = content.slice(at, at + random.between(1, least));
    at += part.length;
    text += `${sizeFrom(random, part.length)}${extensionFrom(random, odd)}\r\n${part}\r\n`;
  }
  return `${text}${random.pick(['0', '0', '0', '000'])}${extensionFrom(random, odd)}\r\n${trailersFrom(random, odd)}\r\n`;
}

function sizeFrom(random: Random, size: number): string {
  const hex = size.toString(16);
  return random.pick([hex, hex, hex.toUpperCase(), random.percent(20) ? `00${hex}` : hex]);
}

const EXTENSIONS = [';x', ';x=y', ';x="a b"', ';x=y;z'];
const ODD_EXTENSIONS = ['; x = y', ';', ';x="', ';;x', ';x=', ' ;x', ';x=y '];

function extensionFrom(random: Random, odd: boolean): string {
  if (!random.percent(3)) return '';
  return random.pick(odd && random.percent(30) ? ODD_EXTENSIONS : EXTENSIONS);
}

const TRAILERS = [
  'X-Sum: 1',
  'x-sum:',
  'X-Sum: a\tb\xff ',
  'Host: b.test',
  'X-Forwarded-For: 1',
  'Set-Cookie: a=b',
];
const ODD_TRAILERS = [
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'X-Sum',
  ' folded: 1',
  'X-Sum : 1',
  `X-Long: ${'z'.repeat(1_000)}`,
  `X-Long: ${'z'.repeat(17_000)}`,
];

function trailersFrom(random: Random, odd: boolean): string {
  if (!random.percent(12)) return '';
  const lines = odd && random.percent(20) ? ODD_TRAILERS : TRAILERS;
  return Array.from({ length: random.between(1, 3) }, () => `${random.pick(lines)}\r\n`).join('');
}

function brokenChunks(random: Random, content: string): string {
  const whole = chunks(random, content);
  const broken = [
    'g',
    '-1',
    '0x1',
    ' 1',
    '1 ',
    '',
    'ffffffffffffffff1',
    '1\n',
    '1\r',
    '1;\n',
    '\r\n',
    '5;x\0',
  ];
  return random.weighted<() => string>([
    [3, () => `${random.pick(broken)}\r\n${whole}`],
    [2, () => `2\r\nabc\r\n${whole}`],
    [2, () => `3\r\nabc${whole}`],
    [2, () => `3\r\nabc\n${whole}`],
    [1, () => `${whole.slice(0, -2)}\n`],
    [1, () => whole.slice(0, -2 - random.below(3))],
    [1, () => `3\r\nabc\r\n${random.pick(broken)}\r\n`],
  ])();
}
