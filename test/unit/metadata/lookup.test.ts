import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { systemLookup } from '../../../src/metadata/lookup.ts';
import { startDnsServer, type DnsRecord } from '../../support/dnsServer.ts';

/** Longer than any answer on loopback takes, and not waited out where all answer. */
const TTL_DEADLINE_MS = 5_000;

interface World {
  /** What the container's own resolver says. */
  readonly system: Readonly<Record<string, readonly string[]>>;
  readonly dns?: Readonly<Record<string, readonly DnsRecord[] | null>>;
  readonly ttlDeadlineMs?: number;
}

async function lookupIn(t: TestContext, { system, dns = {}, ttlDeadlineMs = TTL_DEADLINE_MS }: World) {
  const server = await startDnsServer(t, dns);
  const lookup = systemLookup({
    addressesOf: async (name) => {
      const found = system[name];
      if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      return found;
    },
    servers: [server.address],
    ttlDeadlineMs,
  });
  return { lookup, questions: server.questions };
}

suite('a look-up', () => {
  test('takes the addresses from the system and the least TTL from the DNS', async (t) => {
    const { lookup } = await lookupIn(t, {
      system: { 'api.test': ['127.0.0.3', '127.0.0.2', '127.0.0.3'] },
      dns: {
        'api.test': [
          ['127.0.0.2', 20],
          ['127.0.0.3', 7],
        ],
      },
    });
    assert.deepEqual(await lookup('api.test'), { addresses: ['127.0.0.2', '127.0.0.3'], ttlMs: 7_000 });
  });

  test('prefers IPv4 and its TTL, and takes IPv6 where there is nothing else', async (t) => {
    const { lookup } = await lookupIn(t, {
      system: { 'both.test': ['::1', '127.0.0.1'], 'six.test': ['::1'] },
      dns: {
        'both.test': [
          ['127.0.0.1', 40],
          ['::1', 3],
        ],
        'six.test': [['::1', 9]],
      },
    });
    assert.deepEqual(await lookup('both.test'), { addresses: ['127.0.0.1'], ttlMs: 40_000 });
    assert.deepEqual(await lookup('six.test'), { addresses: ['::1'], ttlMs: 9_000 });
  });

  test('needs no DNS: a name of the hosts file has no TTL', async (t) => {
    const { lookup } = await lookupIn(t, { system: { db: ['127.0.0.9'] } });
    assert.deepEqual(await lookup('db'), { addresses: ['127.0.0.9'], ttlMs: null });
  });

  test('does not wait long for a DNS that is silent', async (t) => {
    const { lookup } = await lookupIn(t, {
      system: { 'api.test': ['127.0.0.2'] },
      dns: { 'api.test': null },
      ttlDeadlineMs: 50,
    });
    assert.deepEqual(await lookup('api.test'), { addresses: ['127.0.0.2'], ttlMs: null });
  });

  test('never asks the DNS for localhost (RFC 6761)', async (t) => {
    const { lookup, questions } = await lookupIn(t, {
      system: { localhost: ['127.0.0.1', '::1'], 'a.localhost': ['127.0.0.1'] },
      dns: { localhost: [['127.0.0.1', 1]] },
    });
    assert.deepEqual(await lookup('localhost'), { addresses: ['127.0.0.1'], ttlMs: null });
    await lookup('a.localhost');
    assert.deepEqual(questions, []);
  });

  test('fails where the system knows no address that can be reached, whatever the DNS says', async (t) => {
    const { lookup } = await lookupIn(t, {
      system: { 'zone.test': ['fe80::1%lo'] },
      dns: { 'zone.test': [['127.0.0.1', 9]], 'gone.test': [['127.0.0.1', 9]] },
      ttlDeadlineMs: 50,
    });
    await assert.rejects(lookup('zone.test'), { code: 'ENODATA' });
    await assert.rejects(lookup('gone.test'), { code: 'ENOTFOUND' });
  });

  test('by the system itself knows localhost', async () => {
    assert.deepEqual(await systemLookup()('localhost'), { addresses: ['127.0.0.1'], ttlMs: null });
  });
});
