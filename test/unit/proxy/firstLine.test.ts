import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FirstLine } from '../../../src/proxy/firstLine.ts';
import type { FailureKind } from '../../../src/proxy/failure.ts';

/** What is made of a connection's bytes that come in these pieces: the first failure, or null. */
function judge(...pieces: readonly string[]): FailureKind | null {
  const line = new FirstLine();
  for (const piece of pieces) {
    const failure = line.feed(Buffer.from(piece, 'latin1'));
    if (failure !== null) return failure.kind;
  }
  return null;
}

const LINES: readonly (readonly [string, FailureKind | null])[] = [
  ['GET / HTTP/1.1\r\n', null],
  ['GET / HTTP/1.0\n', null],
  ['\r\n\r\n\nGET / HTTP/1.1\r\n', null],
  ['GET / HTTP/2.0\r\n', null],
  ['GET / RTSP/1.0\r\n', 'unsupported-version'],
  ['SETUP / RTSP/1.0\r\n', 'unsupported-version'],
  ['\r\nGET / ICE/1.0\r\n', 'unsupported-version'],
  ['GET /\r\n', 'bad-request'],
  ['GET\r\n', 'bad-request'],
  ['\r\nGET /\r\n', 'bad-request'],
  ['GET  / HTTP/1.1\r\n', 'bad-request'],
  [' GET / HTTP/1.1\r\n', 'bad-request'],
  ['GET / a HTTP/1.1\r\n', 'bad-request'],
  ['\x16\x03\x01\x02\n', 'bad-request'],
];

for (const [text, kind] of LINES) {
  test(`${JSON.stringify(text)} is ${kind ?? 'left to the parser'}, wherever it is torn`, () => {
    assert.equal(judge(text), kind);
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1) {
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        assert.equal(judge(...pieces), kind, JSON.stringify(pieces));
      }
    }
    assert.equal(judge(...text.split('')), kind, 'byte by byte');
  });
}

test('nothing is said before the line is complete, for nobody can know', () => {
  assert.equal(judge('GET /'), null);
  assert.equal(judge('GET / RTSP/1.0'), null);
  assert.equal(judge('\r\n'), null);
});

test('what follows the line is none of its business, in the same piece and later', () => {
  assert.equal(
    judge('GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET /\r\n', 'GET /\r\n', 'GET / RTSP/1.0\r\n'),
    null,
  );
});

test('a line that never ends is not kept: the head limit refuses it', () => {
  assert.equal(judge('a'.repeat(200_000), 'GET /\r\n'), null);
});

test('any number of empty lines is skipped', () => {
  assert.equal(judge('\n'.repeat(1_000_000), 'GET / RTSP/1.0\n'), 'unsupported-version');
});
