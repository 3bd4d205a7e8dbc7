import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { suite, test } from 'node:test';
import { startMetadataServer } from '../../../src/demo/metadata.ts';
import type { MetadataServer } from '../../../src/demo/metadata.ts';
import { fetchJson } from '../../../src/metadata/client.ts';
import { MetadataError } from '../../../src/metadata/error.ts';
import { captureAll } from '../../support/captures.ts';

const LIMITS = { deadlineMs: 5000, maxBytes: 1_000_000 };

async function withServer(body: (server: MetadataServer, base: string) => Promise<void>): Promise<void> {
  const server = await startMetadataServer({ environment: captureAll('2015-12-19') });
  try {
    await body(server, `${server.url}/2016-07-29`);
  } finally {
    await server.close();
  }
}

/** Answers every connection with these bytes; ends it, or resets it. */
async function withRawServer(
  bytes: string,
  end: 'end' | 'reset',
  body: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes, () => (end === 'end' ? socket.end() : socket.resetAndDestroy()));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    await body(`http://127.0.0.1:${address.port}/x`);
  } finally {
    server.close();
  }
}

const failure = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MetadataError, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  return true;
};

suite('an answer', () => {
  test('is read as JSON though its Content-Type says text/plain', async () => {
    await withServer(async (server, base) => {
      const value = await fetchJson(`${base}/services`, LIMITS);
      assert.ok(Array.isArray(value));
      assert.equal(value.length, 11);
      assert.equal(server.requests.length, 1);
    });
  });

  test('is found behind the redirect that a double slash gives', async () => {
    await withServer(async (server, base) => {
      assert.ok(Array.isArray(await fetchJson(`${base}//services`, LIMITS)));
      assert.deepEqual(server.requests, ['/2016-07-29//services', '/2016-07-29/services']);
    });
  });

  test('may end with the connection and without a length', async () => {
    await withRawServer('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1]', 'end', async (url) => {
      assert.deepEqual(await fetchJson(url, LIMITS), [1]);
    });
  });
});

suite('a failure says which URL, what came, and what would be right', () => {
  test('a status, with the message of Rancher’s error body', async () => {
    await withServer(async (_server, base) => {
      await assert.rejects(
        fetchJson(`${base}/nothing`, LIMITS),
        failure(
          'status',
          /^http:\/\/127.0.0.1:\d+\/2016-07-29\/nothing answered status 404 \("Not found"\); 200 was expected\.$/,
        ),
      );
    });
  });

  test('a version that rancher-metadata does not have, with those that it has', async () => {
    await withServer(async (server) => {
      await assert.rejects(
        fetchJson(`${server.url}/2020-01-01/services`, LIMITS),
        failure(
          'status',
          /\("Invalid version"\); the URL must name one of the versions 2015-07-25, .*latest/,
        ),
      );
    });
  });

  test('a status whose body is a page of a gateway, cut short', async () => {
    const page = `<html>${'x'.repeat(200_000)}`;
    const head = `HTTP/1.1 502 Bad Gateway\r\nContent-Length: ${page.length}\r\n\r\n`;
    await withRawServer(head + page, 'end', async (url) => {
      await assert.rejects(fetchJson(url, LIMITS), (error: Error) => {
        assert.ok(error.message.length < 200);
        return failure('status', /answered status 502 \("<html>x+…\)/)(error);
      });
    });
  });

  test('something that is not JSON, with its beginning', async () => {
    await withServer(async (server, base) => {
      server.fault({ kind: 'notJson' });
      await assert.rejects(
        fetchJson(`${base}/services`, LIMITS),
        failure('not-json', /answered "<html><body>It works.* a JSON document was expected/),
      );
    });
  });

  test('an empty body', async () => {
    await withRawServer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'end', async (url) => {
      await assert.rejects(fetchJson(url, LIMITS), failure('not-json', /answered nothing/));
    });
  });

  test('half a body, by its length', async () => {
    await withServer(async (server, base) => {
      server.fault({ kind: 'truncated' });
      await assert.rejects(
        fetchJson(`${base}/services`, LIMITS),
        failure('cut-off', /broke off in the middle of its answer/),
      );
    });
  });

  test('half a body, without its final chunk, though what came is JSON', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n';
    for (const end of ['end', 'reset'] as const) {
      await withRawServer(bytes, end, async (url) => {
        await assert.rejects(fetchJson(url, LIMITS), failure('cut-off', /broke off/));
      });
    }
  });

  test('more than the limit', async () => {
    await withServer(async (_server, base) => {
      await assert.rejects(
        fetchJson(`${base}/services`, { ...LIMITS, maxBytes: 1000 }),
        failure('too-big', /more than the limit of 1000 bytes/),
      );
    });
  });

  test('nobody listening', async () => {
    const server = await startMetadataServer();
    await server.close();
    await assert.rejects(
      fetchJson(`${server.url}/2016-07-29/services`, LIMITS),
      failure('unreachable', /services cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+\.$/),
    );
  });

  test('a connection that is reset before the answer', async () => {
    await withServer(async (server, base) => {
      server.fault({ kind: 'reset' });
      await assert.rejects(
        fetchJson(`${base}/services`, LIMITS),
        failure('unreachable', /ECONNRESET|hang up/),
      );
    });
  });

  test('something that is not HTTP', async () => {
    await withRawServer('SSH-2.0-OpenSSH_9.2\r\n', 'end', async (url) => {
      await assert.rejects(fetchJson(url, LIMITS), failure('unreachable', /cannot be reached: Parse Error/));
    });
  });

  test('redirects without end', async () => {
    await withRawServer(
      'HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n',
      'end',
      async (url) => {
        await assert.rejects(fetchJson(url, LIMITS), failure('redirect', /redirect/));
      },
    );
  });
});

suite('a deadline and a shutdown are told apart', () => {
  test('a server that never answers is a deadline', async () => {
    await withServer(async (server, base) => {
      server.fault({ kind: 'hang' });
      await assert.rejects(
        fetchJson(`${base}/services`, { ...LIMITS, deadlineMs: 30 }),
        failure('deadline', /did not answer within 0.03 s/),
      );
    });
  });

  test('one that stops in the middle of the body is a deadline too', async () => {
    await withServer(async (server, base) => {
      server.fault({ kind: 'slow', ms: 60_000 });
      await assert.rejects(
        fetchJson(`${base}/services`, { ...LIMITS, deadlineMs: 200 }),
        failure('deadline', /did not complete its answer within 0.2 s/),
      );
    });
  });

  test('our own stop is a stop, before, during and in the middle of the body', async () => {
    await withServer(async (server, base) => {
      await assert.rejects(fetchJson(`${base}/services`, LIMITS, AbortSignal.abort()), { kind: 'stopped' });
      assert.equal(server.requests.length, 0);
      for (const fault of [{ kind: 'hang' }, { kind: 'slow', ms: 60_000 }] as const) {
        server.fault(fault);
        const stopping = new AbortController();
        const asked = server.nextRequest(/services/);
        const answer = fetchJson(`${base}/services`, LIMITS, stopping.signal);
        void asked.then(() => stopping.abort());
        await assert.rejects(answer, { name: 'MetadataError', kind: 'stopped' });
      }
    });
  });
});
