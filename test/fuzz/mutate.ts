import type { Random } from './random.ts';

const TELLING = '\r\n\t :;,/\0\x7f\xff09AaFfGxX-_"()#%?*.';
const PHRASES = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\r\n ',
  '\r\n\t',
  ': ',
  'HTTP/1.1',
  'Content-Length: 3\r\n',
  '0\r\n\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: b.test\r\n',
  'GET / HTTP/1.1\r\n',
  'Connection: close\r\n',
  ' ',
  '\0',
];

/** A stream with a few bytes flipped, inserted, deleted or doubled: mostly in the first head. */
export function mutate(random: Random, text: string): string {
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [1, 5],
  ]);
  let mutated = text;
  for (let i = 0; i < count; i += 1) mutated = mutateOnce(random, mutated);
  return mutated;
}

function mutateOnce(random: Random, text: string): string {
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  const at = random.below(
    random.percent(75) && headEnd > 4 ? Math.min(headEnd, text.length) : text.length + 1,
  );
  const length = random.weighted([
    [8, 1],
    [2, random.between(1, 6)],
    [1, random.between(1, 40)],
  ]);
  const behind = text.slice(at + length);
  const before = text.slice(0, at);
  const part = text.slice(at, at + length);
  return random.weighted<() => string>([
    [4, () => `${before}${byteFrom(random)}${text.slice(at + 1)}`],
    [3, () => before + behind],
    [3, () => `${before}${byteFrom(random)}${text.slice(at)}`],
    [2, () => `${before}${random.pick(PHRASES)}${text.slice(at)}`],
    [2, () => before + part + part + behind],
    [1, () => before + swapCase(part) + behind],
  ])();
}

function byteFrom(random: Random): string {
  return random.percent(60)
    ? TELLING.charAt(random.below(TELLING.length))
    : String.fromCharCode(random.below(256));
}

function swapCase(text: string): string {
  const upper = text.toUpperCase();
  // Beyond Latin-1 there are no bytes for it.
  return text === upper || /[^\0-\xff]/.test(upper) ? text.toLowerCase() : upper;
}
