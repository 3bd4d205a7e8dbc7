import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ByteWriter } from '../../../../src/proxy/fast/byteWriter.ts';
import { KEPT_BYTES, OutgoingBody } from '../../../../src/proxy/fast/outgoingBody.ts';
import { readHead, type RequestHead } from '../../../../src/proxy/request.ts';
import { proxySettings } from '../../../support/settings.ts';

const CHUNKED = ['Transfer-Encoding', 'chunked'];

function bodyOf(method: string, framing: readonly string[]): OutgoingBody {
  const head = readHead({ method, target: '/', version: '1.1', fields: ['Host', 'a.test', ...framing] });
  assert.ok(!('kind' in head));
  return new OutgoingBody(head satisfies RequestHead, proxySettings().limits);
}

function withLength(method: string, length: number): OutgoingBody {
  return bodyOf(method, ['Content-Length', String(length)]);
}

function pass(body: OutgoingBody, text: string): string {
  const writer = new ByteWriter();
  body.pass(Buffer.from(text), 0, text.length, writer);
  return writer.take().toString();
}

/** What another server is sent behind the opening. */
function repeated(body: OutgoingBody): string {
  const writer = new ByteWriter();
  body.repeat(writer);
  return writer.take().toString();
}

suite('what is kept of a request body for another server', () => {
  test('is what came behind the opening, in its order, up to a limit', () => {
    const body = withLength('PUT', 2 * KEPT_BYTES);
    body.opened();
    assert.equal(repeated(body), '');
    for (const part of ['hello ', 'world']) assert.equal(pass(body, part), part);
    assert.equal(repeated(body), 'hello world');
    pass(body, 'x'.repeat(KEPT_BYTES - 11));
    assert.equal(body.isWhole, true);
    assert.equal(repeated(body), `hello world${'x'.repeat(KEPT_BYTES - 11)}`);
    pass(body, 'y');
    assert.equal(body.isWhole, false);
    assert.equal(repeated(body), '');
  });

  test('counts what the opening has of the body, which is not kept twice', () => {
    const body = withLength('PUT', 2 * KEPT_BYTES);
    pass(body, 'x'.repeat(KEPT_BYTES - 1));
    body.opened();
    pass(body, 'y');
    assert.deepEqual([body.isWhole, repeated(body)], [true, 'y']);
    pass(body, 'z');
    assert.equal(body.isWhole, false);
  });

  test('counts no framing, however small the chunks are: they become one', () => {
    const body = bodyOf('PUT', CHUNKED);
    assert.equal(pass(body, '2\r\nab\r\n'), '2\r\nab\r\n');
    body.opened();
    pass(body, '1\r\nx\r\n'.repeat(KEPT_BYTES - 2));
    const data = 'x'.repeat(KEPT_BYTES - 2);
    const size = data.length.toString(16);
    assert.deepEqual([body.isWhole, repeated(body)], [true, `${size}\r\n${data}\r\n`]);
    pass(body, '0\r\nX-Sum: 1\r\n\r\n');
    assert.deepEqual([body.isWhole, repeated(body)], [true, `${size}\r\n${data}\r\n0\r\nX-Sum: 1\r\n\r\n`]);
  });

  test('is the last chunk alone, where only that came behind the opening', () => {
    const body = bodyOf('PUT', CHUNKED);
    pass(body, '2\r\nab\r\n');
    body.opened();
    assert.equal(repeated(body), '');
    pass(body, '0\r\n\r\n');
    assert.deepEqual([body.isWhole, repeated(body)], [true, '0\r\n\r\n']);
  });

  test('is nothing of a request that may not be repeated', () => {
    const body = withLength('POST', 10);
    body.opened();
    pass(body, 'hello');
    assert.deepEqual([body.isWhole, repeated(body)], [false, '']);
  });
});
