import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MetadataError } from '../../../src/metadata/error.ts';
import { readSnapshot } from '../../../src/metadata/snapshot.ts';
import { documentsIn } from '../../support/metadata.ts';

/** Any JSON, but often with the fields that we look at. */
const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 'x', 0, true, [], {}));
const nearly = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, fc.oneof(v, junk)])), {
    requiredKeys: [],
  });
const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString');
const container = nearly({
  name,
  state: fc.constant('running'),
  primary_ip: fc.constantFrom('127.0.0.1', '::1', null),
  host_uuid: name,
  network_uuid: name,
  labels: fc.dictionary(name, fc.string()),
  stack_name: name,
  service_name: name,
});
const service = nearly({
  stack_name: name,
  name,
  labels: fc.dictionary(fc.oneof(name, fc.constant('traefik.port')), fc.oneof(fc.string(), junk)),
  containers: fc.array(fc.oneof(container, name, junk)),
});
const list = (item: fc.Arbitrary<unknown>) => fc.oneof(fc.array(fc.oneof(item, junk)), junk);
const documents = fc.record(
  {
    version: fc.oneof(fc.string(), junk),
    services: list(service),
    containers: list(container),
    hosts: list(nearly({ uuid: name, agent_ip: fc.constant('127.0.0.9') })),
    networks: list(nearly({ uuid: name, name: fc.constant('host') })),
  },
  { requiredKeys: [] },
);

const read = (services: readonly unknown[]) => readSnapshot(documentsIn({ services, containers: [] }));

test('any JSON gives a snapshot whose ids are unique and sorted, or a MetadataError; nothing else is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (input) => {
      try {
        const { services } = await readSnapshot(documentsIn(input));
        const ids = services.map(({ id }) => id);
        assert.deepEqual(ids, [...new Set(ids)].sort());
        for (const each of services) {
          assert.deepEqual(structuredClone(each), each);
          const names = each.containers.map((one) => one.name);
          assert.equal(new Set(names).size, names.length);
          for (const value of Object.values(each.labels)) assert.equal(typeof value, 'string');
        }
      } catch (error) {
        if (!(error instanceof MetadataError)) throw error;
        assert.equal(error.kind, 'wrong-shape');
      }
    }),
    { numRuns: 500 },
  );
});

test('a list of any services never fails as a whole, and reads the same in reverse', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(service, junk)), async (services) => {
      assert.deepEqual(await read(services.toReversed()), await read(services));
    }),
    { numRuns: 300 },
  );
});
