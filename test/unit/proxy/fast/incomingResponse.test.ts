import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FastTools } from '../../../../src/proxy/fast/fastTools.ts';
import { IncomingResponse, InvalidResponse } from '../../../../src/proxy/fast/incomingResponse.ts';
import { ResponseScanner, type ResponseScan } from '../../../../src/proxy/fast/responseScanner.ts';

/** How many bytes it was given to look at. */
class CountingScanner extends ResponseScanner {
  bytes = 0;

  override scan(bytes: Buffer, start: number, end: number): ResponseScan {
    this.bytes += end - start;
    return super.scan(bytes, start, end);
  }
}

/** Reads a head in pieces of so many bytes. Returns the status, and how many bytes were scanned. */
function readInPieces(head: Buffer, length: number) {
  const scanner = new CountingScanner();
  const tools = Object.assign(new FastTools(), { responseScanner: scanner });
  const response = new IncomingResponse(tools, false);
  let status: number | null = null;
  for (let at = 0; at < head.length; at += length) {
    assert.equal(status, null, `read before its end, at ${at}`);
    const piece = head.subarray(at, at + length);
    status = response.readHead(piece, piece.length, { interim: () => {} });
  }
  return { status, scanned: scanner.bytes };
}

suite('a response head in pieces', () => {
  test('is read at its last byte, wherever it was cut', () => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\n${'A-Field: a value\r\n'.repeat(20)}\r\n`);
    for (let length = 1; length < head.length; length++) {
      assert.equal(readInPieces(head, length).status, 200, `pieces of ${length}`);
    }
  });

  test('is not scanned from its beginning with each of them, which would be quadratic work', () => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(9_000)}\r\n`);
    const { status, scanned } = readInPieces(head, 7);
    assert.equal(status, 200);
    assert.ok(scanned < 4 * head.length, `${scanned} bytes scanned of ${head.length}`);
  });

  test('is too large at some length, however little of it counts', () => {
    const endless = Buffer.from(`HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(300_000)}`);
    assert.throws(() => readInPieces(endless, 65_536), InvalidResponse);
  });
});
