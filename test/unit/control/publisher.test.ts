import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Publisher } from '../../../src/control/publisher.ts';
import type { Snapshot } from '../../../src/model/service.ts';
import { decodeTable } from '../../../src/routing/wire.ts';
import {
  containerOf,
  PUBLISHED,
  recordedEnvironment,
  serviceOf,
  SETTINGS,
  snapshotOf,
} from './environment.ts';

const HEALTHY = containerOf('web-1', '127.0.0.1');

/** One published service with this container. */
function webWith(...containers: Parameters<typeof containerOf>[]): Snapshot {
  return snapshotOf(serviceOf('s/web', { containers: containers.map((given) => containerOf(...given)) }));
}

function publisherAfter(snapshot: Snapshot): Publisher {
  const publisher = new Publisher(SETTINGS);
  publisher.publish(snapshot);
  return publisher;
}

suite('the first snapshot', () => {
  test('is published whole, with everything as a change', () => {
    const publication = new Publisher(SETTINGS).publish(recordedEnvironment());
    assert.ok(publication?.tableBytes);
    assert.ok(publication.changes.length > 0);
    assert.ok(publication.changes.every(({ kind }) => kind === 'added'));
  });

  test('is published also where it is empty: the entrypoint opens with it', () => {
    assert.ok(new Publisher(SETTINGS).publish(snapshotOf())?.tableBytes);
  });

  test('crosses to the proxy as the table that was derived', async () => {
    const publication = new Publisher(SETTINGS).publish(recordedEnvironment());
    assert.ok(publication?.tableBytes);
    const { table } = await decodeTable(publication.tableBytes, () => Promise.resolve());
    assert.deepEqual(table, publication.derivation.table);
  });
});

suite('a snapshot from which nothing new follows', () => {
  test('is not published, however often it is read and whatever its version', () => {
    const publisher = publisherAfter(recordedEnvironment());
    for (const version of ['v1', 'v2', '']) {
      assert.equal(publisher.publish({ ...recordedEnvironment(), version }), null);
    }
  });

  test('is not published for the order of its services, labels and containers', () => {
    const environment = recordedEnvironment();
    const turned = environment.services.toReversed().map((service) => ({
      ...service,
      labels: Object.fromEntries(Object.entries(service.labels).toReversed()),
      containers: service.containers.toReversed(),
    }));
    assert.equal(publisherAfter(recordedEnvironment()).publish({ ...environment, services: turned }), null);
  });

  test('is not published for services that do not concern us', () => {
    const publisher = publisherAfter(snapshotOf(serviceOf('s/web')));
    assert.equal(publisher.publish(snapshotOf(serviceOf('s/web'), serviceOf('s/db', { labels: {} }))), null);
  });
});

suite('a snapshot with news', () => {
  test('is published with its table where a request would be routed otherwise', () => {
    const publisher = new Publisher(SETTINGS);
    publisher.publish(webWith(['web-1', '127.0.0.1']));
    const publication = publisher.publish(webWith(['web-1', '127.0.0.1'], ['web-2', '127.0.0.2']));
    assert.ok(publication?.tableBytes);
    assert.deepEqual(
      publication.changes.map(({ text }) => text),
      ['+ server web-2 (http://127.0.0.2:8080) of s/web'],
    );
  });

  test('is published without a table where only a report is new, so that nothing is swapped', () => {
    const publisher = new Publisher(SETTINGS);
    const [initializing, unhealthy] = ['initializing', 'unhealthy'].map((healthState) =>
      snapshotOf(serviceOf('s/web', { containers: [HEALTHY, { ...HEALTHY, name: 'web-2', healthState }] })),
    );
    assert.ok(initializing && unhealthy);
    const first = publisher.publish(initializing);
    const publication = publisher.publish(unhealthy);
    assert.ok(publication);
    assert.equal(publication.tableBytes, null);
    assert.equal(publication.derivation.table.id, first?.derivation.table.id);
    assert.equal(publication.derivation.services[0]?.containers[1]?.reason, 'unhealthy');
    assert.equal(publisher.publish(unhealthy), null, 'once');
  });

  test('is published with its table where only the Host that servers see is new', () => {
    const publisher = new Publisher(SETTINGS);
    publisher.publish(snapshotOf(serviceOf('s/web')));
    const labels = { ...PUBLISHED, 'traefik.frontend.passHostHeader': 'false' };
    assert.ok(publisher.publish(snapshotOf(serviceOf('s/web', { labels })))?.tableBytes);
  });

  test('is compared with the one before, not with the first: there and back are two publications', () => {
    const publisher = new Publisher(SETTINGS);
    const one = webWith(['web-1', '127.0.0.1']);
    const two = webWith(['web-1', '127.0.0.2']);
    const ids = [one, two, one].map((snapshot) => publisher.publish(snapshot)?.derivation.table.id);
    assert.equal(ids[0], ids[2]);
    assert.notEqual(ids[0], ids[1]);
  });

  test('says which publication it was compared with: by content, whoever publishes', () => {
    const [one, two] = [webWith(['web-1', '127.0.0.1']), webWith(['web-2', '127.0.0.2'])];
    const publisher = new Publisher(SETTINGS);
    const publications = [one, two, one].map((snapshot) => publisher.publish(snapshot));
    const [first, second, third] = publications.map((publication) => publication?.id ?? '');
    assert.deepEqual(
      publications.map((publication) => publication?.follows),
      [null, first, second],
    );
    assert.equal(first, third);
    assert.notEqual(first, second);
    assert.equal(new Publisher(SETTINGS).publish(two)?.id, second);
  });
});
