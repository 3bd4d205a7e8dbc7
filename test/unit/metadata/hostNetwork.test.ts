import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readSnapshot } from '../../../src/metadata/snapshot.ts';
import { documentsIn } from '../../support/metadata.ts';

const HOSTS = [
  { uuid: 'h1', agent_ip: '127.168.56.11' },
  { uuid: 'h2', agent_ip: 'node-2.example.local' },
  { uuid: 'h3', agent_ip: null },
  'junk',
];
const NETWORKS = [
  { uuid: 'n-host', name: 'Docker Host Network Mode' },
  { uuid: 'n-host-lower', name: 'host network mode' },
  { uuid: 'n-ipsec', name: 'ipsec' },
  { uuid: 'n-bridge', name: 'Docker Bridge Network Mode' },
  null,
];

async function addressOf(fields: object, others: object = { hosts: HOSTS, networks: NETWORKS }) {
  const documents = documentsIn({
    services: [
      {
        stack_name: 's',
        name: 'web',
        containers: [
          {
            name: 'c',
            primary_ip: null,
            host_uuid: 'h1',
            network_uuid: null,
            network_from_container_uuid: null,
            labels: {},
            ...fields,
          },
        ],
      },
    ],
    ...others,
  });
  const { services } = await readSnapshot(documents);
  return { address: services[0]?.containers[0]?.address, reads: documents.reads.slice(2) };
}

suite('a container without an address gets its host’s', () => {
  const cases: readonly [string, object, string | null, readonly string[]][] = [
    ['when it names no network', {}, '127.168.56.11', ['hosts']],
    ['also when the address is an empty text', { primary_ip: '' }, '127.168.56.11', ['hosts']],
    ['also when it has no labels', { labels: null }, '127.168.56.11', ['hosts']],
    ['when its network is the host’s', { network_uuid: 'n-host' }, '127.168.56.11', ['networks', 'hosts']],
    ['in lower case too', { network_uuid: 'n-host-lower' }, '127.168.56.11', ['networks', 'hosts']],
    ['not when its network is managed', { network_uuid: 'n-ipsec' }, null, ['networks']],
    ['not when its network is a bridge', { network_uuid: 'n-bridge' }, null, ['networks']],
    ['not when its network is unknown', { network_uuid: 'n-other' }, null, ['networks']],
    ['not when it waits for a managed network', { labels: { 'io.rancher.cni.network': 'ipsec' } }, null, []],
    [
      'not when Rancher gave it an address',
      { labels: { 'io.rancher.container.ip': '127.42.0.1/16' } },
      null,
      [],
    ],
    ['not when it shares another container’s network', { network_from_container_uuid: 'x' }, null, []],
    ['not when what it says of its network is unreadable', { labels: 'none' }, null, []],
    ['not when its host is unknown', { host_uuid: 'h9' }, null, ['hosts']],
    ['not when it has no host', { host_uuid: null }, null, ['hosts']],
    ['not when the host’s agent_ip is a name', { host_uuid: 'h2' }, null, ['hosts']],
    ['not when the host has no agent_ip', { host_uuid: 'h3' }, null, ['hosts']],
    [
      'and a label that users write says nothing',
      { labels: { 'io.rancher.container.network': 'true' } },
      '127.168.56.11',
      ['hosts'],
    ],
  ];
  for (const [when, fields, expected, reads] of cases) {
    test(when, async () => {
      assert.deepEqual(await addressOf(fields), { address: expected, reads });
    });
  }

  test('and an address of its own always wins', async () => {
    assert.deepEqual(await addressOf({ primary_ip: '127.0.0.5' }), { address: '127.0.0.5', reads: [] });
  });

  test('and a source without networks or hosts is no failure', async () => {
    assert.equal((await addressOf({ network_uuid: 'n-host' }, {})).address, null);
    assert.equal((await addressOf({}, {})).address, null);
  });
});
