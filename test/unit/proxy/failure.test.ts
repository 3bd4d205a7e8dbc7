import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFor, answerText, ownAnswer, type FailureKind } from '../../../src/proxy/failure.ts';
import { linesOf } from './heads.ts';

/** Kind by kind, as the contract has them: status, whether the connection is closed, seconds to wait. */
const CONTRACT: Readonly<Record<FailureKind, readonly [number, boolean, number | undefined]>> = {
  'bad-request': [400, true, undefined],
  'no-route': [404, false, undefined],
  'request-timeout': [408, true, undefined],
  'body-too-large': [413, true, undefined],
  'target-too-long': [414, false, undefined],
  'unknown-expectation': [417, false, undefined],
  'head-too-large': [431, true, undefined],
  'not-implemented': [501, true, undefined],
  'no-connection': [502, false, undefined],
  'bad-response': [502, false, undefined],
  'untrusted-server': [502, false, undefined],
  'circuit-open': [503, false, 1],
  'no-server': [503, false, 1],
  overloaded: [503, false, 1],
  refused: [503, false, undefined],
  'server-timeout': [504, false, undefined],
  'unsupported-version': [505, true, undefined],
};

for (const [kind, [status, closes, retryAfter]] of Object.entries(CONTRACT) as [
  FailureKind,
  (typeof CONTRACT)[FailureKind],
][]) {
  test(`${kind} is answered ${status}, ${closes ? 'closing the connection' : 'and the connection goes on'}`, () => {
    const detail = 'what is wrong — and why';
    const answer = ownAnswer({ kind, detail }, 'id-1');
    assert.deepEqual([answer.status, answer.closes], [status, closes]);
    assert.deepEqual([answerFor(kind).status, answerFor(kind).closes], [status, closes]);
    assert.equal(answer.body, `${status} ${answer.reason}: ${detail}\n`, 'one line that says what and why');
    assert.deepEqual(linesOf(answer.fields), [
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(answer.body)}`,
      'X-Request-Id: id-1',
      ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    ]);
    assert.doesNotMatch(`${linesOf(answer.fields).join()}${answer.body}`, /active-lb|node|\bv?\d+\.\d+/i);
  });
}

test('a failure that knows better than its kind when to come back says so', () => {
  const failure = { kind: 'circuit-open', detail: 'too much went wrong', retryAfterSeconds: 7 } as const;
  assert.ok(linesOf(ownAnswer(failure, 'id-1').fields).includes('Retry-After: 7'));
});

test('an answer as text has the same, with the date, and says where it is the last', () => {
  const failure = { kind: 'no-route', detail: 'nothing is published here as a.test' } as const;
  const { body } = ownAnswer(failure, 'id-1');
  const fields = `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nX-Request-Id: id-1\r\nDate: <now>\r\n`;
  const head = `HTTP/1.1 404 Not Found\r\n${fields}`;
  const told = (isLast: boolean) => {
    const answer = answerText(failure, 'id-1', isLast);
    const [, date = ''] = /\r\nDate: (.*)\r\n/.exec(answer.head) ?? [];
    assert.ok(Math.abs(Date.parse(date) - Date.now()) < 60_000, date);
    return { ...answer, head: answer.head.replace(date, '<now>') };
  };
  assert.deepEqual(told(false), { head: `${head}\r\n`, body, closes: false });
  assert.deepEqual(told(true), { head: `${head}Connection: close\r\n\r\n`, body, closes: true });
});

test('an answer after which nobody knows where a next request would begin is always the last', () => {
  const { head, closes } = answerText({ kind: 'bad-request', detail: 'no' }, 'id-1', false);
  assert.equal(closes, true);
  assert.match(head, /\r\nConnection: close\r\n/);
});

test('an answer as text is made of bytes, whatever is in it', () => {
  const { body } = answerText({ kind: 'no-server', detail: 'grün' }, 'id-1', false);
  assert.equal(Buffer.from(body, 'latin1').toString('utf8'), '503 Service Unavailable: grün\n');
});
