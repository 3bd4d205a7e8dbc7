import assert from 'node:assert/strict';
import { request } from 'node:http';
import { suite, test } from 'node:test';
import { makeEnvironment } from '../../../src/demo/environment.ts';
import type { Environment } from '../../../src/demo/environment.ts';
import { startMetadataServer } from '../../../src/demo/metadata.ts';
import type { MetadataServer, MetadataServerOptions } from '../../../src/demo/metadata.ts';
import { METADATA_VERSIONS } from '../../../src/demo/versions.ts';
import { readOnce } from '../../../src/metadata/source.ts';
import { captureAll, captureHttp } from '../../support/captures.ts';

const JSON_ACCEPT = { Accept: 'application/json' };

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A plain request; `from` is the address that the server sees. */
function get(url: string, headers: Record<string, string> = JSON_ACCEPT, from = '127.0.0.1', method = 'GET') {
  return new Promise<Answer>((resolve, reject) => {
    request(url, { headers, method, localAddress: from, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const RECORDED = captureAll('2015-12-19');
const ENVIRONMENT: Environment = {
  stacks: [{ name: 'Shop', services: [{ name: 'Web', containers: [{ address: '127.0.0.2' }] }] }],
};

async function withServer(
  options: MetadataServerOptions,
  body: (server: MetadataServer) => Promise<void>,
): Promise<void> {
  const server = await startMetadataServer(options);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

const poll = (server: MetadataServer, query: string) => get(`${server.url}/latest/version?${query}`);

/** Of a list in text: `0=web`, `1=db`, … */
const sortedNames = (text = '') =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d+=/, ''))
    .sort();

const bodyOf = (capture: string) => captureHttp(capture).split(/\r?\n\r?\n/)[1];

suite('the stand-in answers as the recorded rancher-metadata did', () => {
  test('the root, an unknown version, an unknown path', async () => {
    await withServer({ environment: RECORDED }, async ({ url }) => {
      assert.equal((await get(url)).body, bodyOf('root'));
      const invalid = await get(`${url}/1999-01-01/services`);
      assert.deepEqual([invalid.status, invalid.body], [404, bodyOf('invalid-version')]);
      const missing = await get(`${url}/2016-07-29/nothing`);
      assert.deepEqual([missing.status, missing.body], [404, bodyOf('not-found')]);
      assert.equal((await get(`${url}/2016-07-29/services`, JSON_ACCEPT, '127.0.0.1', 'POST')).status, 404);
    });
  });

  test('JSON for exactly application/json, text for all else, text/plain always', async () => {
    await withServer({ environment: RECORDED }, async ({ url }) => {
      for (const accept of ['application/json; charset=utf-8', 'Application/JSON', '*/*']) {
        const { body } = await get(`${url}/latest/services`, { Accept: accept });
        assert.deepEqual(sortedNames(body), sortedNames(bodyOf('services-without-accept')));
      }
      const json = await get(`${url}/latest/services/`);
      assert.equal(JSON.parse(json.body).length, 11);
      assert.equal(json.headers['content-type'], 'text/plain; charset=utf-8');
    });
  });

  test('bodies over 2 KB are chunked, small ones have a length', async () => {
    await withServer({ environment: RECORDED }, async ({ url }) => {
      const large = await get(`${url}/2016-07-29/services`);
      assert.equal(large.headers['transfer-encoding'], 'chunked');
      const small = await get(`${url}/2016-07-29/version`);
      assert.equal(small.headers['content-length'], '38');
    });
  });

  test('a path into a document, by index or name; below null the connection is dropped', async () => {
    await withServer({ environment: ENVIRONMENT }, async ({ url }) => {
      assert.equal((await get(`${url}/2015-12-19/services/Web/name`)).body, '"Web"');
      assert.equal((await get(`${url}/2016-07-29/services/0/name`, {})).body, 'web');
      await assert.rejects(get(`${url}/2016-07-29/services/web/vip/x`), { code: 'ECONNRESET' });
    });
  });

  test('before it has answers every path is 404, and then none is', async () => {
    await withServer({}, async (server) => {
      assert.equal((await get(`${server.url}/2016-07-29/version`)).status, 404);
      server.set(ENVIRONMENT);
      assert.equal((await get(`${server.url}/2016-07-29/version`)).status, 200);
    });
  });

  test('/self tells a stranger only of a host, and a container of itself', async () => {
    await withServer({ environment: ENVIRONMENT }, async ({ url }) => {
      assert.deepEqual(Object.keys(JSON.parse((await get(`${url}/latest/self`)).body)), ['host']);
      const self = JSON.parse((await get(`${url}/latest/self`, JSON_ACCEPT, '127.0.0.2')).body);
      assert.deepEqual(
        [self.container.name, self.service.name, self.stack.name, self.host.agent_ip],
        ['shop-web-1', 'web', 'shop', '127.168.56.11'],
      );
    });
  });
});

suite('the long poll of the stand-in', () => {
  test('answers at once where the version differs, or where wait or value is not as it must be', async () => {
    await withServer({ environment: ENVIRONMENT }, async (server) => {
      const now = JSON.parse((await get(`${server.url}/latest/version`)).body);
      for (const query of ['wait=true&value=other', 'wait=true', `wait=1&value=${now}`]) {
        assert.equal(JSON.parse((await poll(server, query)).body), now, query);
      }
    });
  });

  test('is woken by a change, with the new version', async () => {
    await withServer({ environment: ENVIRONMENT }, async (server) => {
      const before = server.set(ENVIRONMENT);
      const asked = server.nextRequest(/wait=true/);
      const answer = poll(server, `wait=true&value=${before}&maxWait=60`);
      await asked;
      const after = server.set(ENVIRONMENT);
      assert.notEqual(after, before);
      assert.equal(JSON.parse((await answer).body), after);
    });
  });

  test('answers the same version after maxWait, rounded up to a tick', async () => {
    await withServer({ environment: ENVIRONMENT, waitTickMs: 300 }, async (server) => {
      const version = server.set(ENVIRONMENT);
      const startedAt = performance.now();
      const { body } = await poll(server, `wait=true&value=${version}&maxWait=1`);
      assert.equal(JSON.parse(body), version);
      assert.ok(performance.now() - startedAt >= 1190);
    });
  });
});

test('an environment reads the same in every version, but for the case of names', async () => {
  await withServer({ environment: ENVIRONMENT }, async ({ url }) => {
    for (const version of [...METADATA_VERSIONS, 'latest']) {
      const { services } = await readOnce(`${url}/${version}`);
      assert.deepEqual(
        services.map(({ id, containers }) => [id.toLowerCase(), containers[0]?.address]),
        [['shop/web', '127.0.0.2']],
      );
    }
  });
});

test('a made environment has as many services and containers as asked, all on loopback addresses that differ', async () => {
  const environment = makeEnvironment({ services: 250, containersPerService: 3 });
  await withServer({ environment }, async ({ url }) => {
    const { services } = await readOnce(`${url}/latest`);
    assert.equal(services.length, 250);
    const addresses = services.flatMap(({ containers }) => containers.map(({ address }) => address ?? ''));
    assert.equal(new Set(addresses).size, 750);
    assert.ok(addresses.every((address) => address.startsWith('127.')));
  });
});
