import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KEPT_BYTES, OutgoingBody } from '../../../../src/proxy/fast/outgoingBody.ts';
import { readHead, type RequestHead } from '../../../../src/proxy/request.ts';
import { proxySettings } from '../../../support/settings.ts';

function bodyOf(method: string, length: number): OutgoingBody {
  const fields = ['Host', 'a.test', 'Content-Length', String(length)];
  const head = readHead({ method, target: '/', version: '1.1', fields });
  assert.ok(!('kind' in head));
  return new OutgoingBody(head satisfies RequestHead, proxySettings().limits);
}

suite('what is kept of a request body for another server', () => {
  test('is what was sent behind the opening, in its order, up to a limit', () => {
    const body = bodyOf('PUT', 2 * KEPT_BYTES);
    assert.equal(body.kept.length, 0);
    body.keep(Buffer.from('hello '));
    body.keep(Buffer.from('world'));
    assert.equal(body.kept.toString(), 'hello world');
    body.keep(Buffer.alloc(KEPT_BYTES - 11, 'x'));
    assert.equal(body.isWhole, true);
    assert.equal(body.kept.toString(), `hello world${'x'.repeat(KEPT_BYTES - 11)}`);
    body.keep(Buffer.from('y'));
    assert.equal(body.isWhole, false);
    assert.equal(body.kept.length, 0);
  });

  test('is one piece of memory, however small the pieces are that a client sends', () => {
    const body = bodyOf('PUT', KEPT_BYTES);
    for (let n = 0; n < KEPT_BYTES; n++) body.keep(Buffer.from('x'));
    assert.ok(Buffer.isBuffer(body.kept));
    assert.ok(body.kept.equals(Buffer.alloc(KEPT_BYTES, 'x')));
    assert.equal(body.kept.buffer.byteLength, KEPT_BYTES);
  });

  test('is nothing of a request that may not be repeated', () => {
    const body = bodyOf('POST', 10);
    body.keep(Buffer.from('hello'));
    assert.equal(body.isWhole, false);
  });
});
