import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { ChunkedBody } from '../../../../src/proxy/fast/chunkedBody.ts';

/** Feeds a text in pieces of these lengths, repeated. */
function read(text: string, lengths: readonly number[] = [text.length]) {
  const bytes = Buffer.from(text, 'latin1');
  const body = new ChunkedBody({ count: 101, bytes: 16_384, forbidden: /^content-length$/i });
  let data = '';
  let at = 0;
  for (let i = 0; at < bytes.length && !body.isDone && !body.isBad; i++) {
    const to = Math.min(bytes.length, at + (lengths[i % lengths.length] ?? 1));
    at = body.feed(bytes, at, to, { data: (from, a, b) => (data += from.toString('latin1', a, b)) });
  }
  return { data, rest: text.slice(at), isDone: body.isDone, isBad: body.isBad, trailers: body.trailers };
}

suite('a chunked body', () => {
  test('gives its data, its trailers, and what follows it', () => {
    const text = '5\r\nhello\r\nA;x=y\r\n, world...\r\n0\r\nX-Sum: 1 \r\n\r\nGET /';
    assert.deepEqual(read(text), {
      data: 'hello, world...',
      rest: 'GET /',
      isDone: true,
      isBad: false,
      trailers: ['X-Sum', '1'],
    });
  });

  test('means the same however it is cut', () => {
    const chunk = fc.string({
      unit: fc.constantFrom('a', '\r', '\n', '0', ';'),
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        (chunks, lengths) => {
          const framed = chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('');
          const result = read(`${framed}0\r\n\r\nrest`, lengths);
          assert.deepEqual([result.data, result.isDone], [chunks.join(''), true]);
        },
      ),
    );
  });

  for (const [what, text] of [
    ['no size', '\r\nhello'],
    ['a sign', '+5\r\nhello\r\n'],
    ['a prefix', '0x5\r\nhello\r\n'],
    ['a space before its end', '5 \r\nhello\r\n'],
    ['a bare LF', '5\nhello\r\n'],
    ['a size beyond all bounds', 'FFFFFFFFFFFFFF\r\n'],
    ['too much data', '5\r\nhello!\r\n'],
    ['a control character in an extension', '5;a\0b\r\nhello\r\n'],
    ['an endless extension', `5;${'a'.repeat(257)}\r\nhello\r\n`],
    ['a trailer without a name', '0\r\n: a\r\n\r\n'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
    ['a trailer with a space before the colon', '0\r\nA : b\r\n\r\n'],
    ['too many trailers', `0\r\n${'A: b\r\n'.repeat(102)}\r\n`],
    ['endless trailers', `0\r\n${`A: ${'b'.repeat(999)}\r\n`.repeat(17)}\r\n`],
    ['an extension without a name', '5;\r\nhello\r\n'],
    ['a space before a trailer, whatever follows', '0\r\n '],
    ['a space in the name of a trailer, whatever follows', '0\r\nA '],
    ['a line that is no trailer, whatever follows', '0\r\nA\r'],
    ['a length among its trailers, whatever follows', '0\r\nContent-Length:'],
    ['a length among its trailers', '0\r\nContent-Length: 5\r\n\r\n'],
    ['an empty coding among its trailers', '0\r\nTransfer-Encoding: \r\n\r\n'],
    ['a bare CR at the end', '0\r\n\rx'],
  ] as const) {
    test(`with ${what} is bad, at whichever byte it is cut`, () => {
      assert.equal(read(text).isBad, true);
      assert.equal(read(text, [1]).isBad, true);
    });
  }
});
