import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decodeTable, encodeTable } from '../../../src/routing/wire.ts';
import { routeOf, serviceFound, tableOf } from './tables.ts';

const never = (): Promise<void> => Promise.reject(new Error('yielded'));

suite('a table as bytes', () => {
  test('comes back as it was, with a matcher for it', async () => {
    const table = tableOf(
      routeOf('web.local', 's/web'),
      routeOf('other.local', 's/ö\n"\u{1f600}', {
        path: '/a\nb',
        priority: 5,
        refusal: 'its label\nrestricts it',
      }),
    );
    const decoded = await decodeTable(encodeTable(table), never, Infinity);
    assert.deepEqual(decoded.table, table);
    assert.equal(serviceFound(decoded.matcher, 'web.local'), 's/web');
    assert.equal(serviceFound(decoded.matcher, 'nothing.local'), null);
  });

  test('may be empty', async () => {
    const { table, matcher } = await decodeTable(encodeTable(tableOf()), never, Infinity);
    assert.deepEqual(table, tableOf());
    assert.equal(serviceFound(matcher, 'web.local'), null);
  });

  test('is shared, not copied: any number of threads may read it', async () => {
    const table = tableOf(routeOf('web.local', 's/web'));
    const bytes = encodeTable(table);
    assert.ok(bytes instanceof SharedArrayBuffer);
    assert.deepEqual((await decodeTable(bytes, never, Infinity)).table, table);
    assert.deepEqual((await decodeTable(bytes, never, Infinity)).table, table);
  });

  test('is read in slices, so that whoever reads it can serve requests in between', async () => {
    const routes = Array.from({ length: 100 }, (_, i) => routeOf(`h${i}`, `s/${i}`));
    let yields = 0;
    const yieldToLoop = (): Promise<void> => {
      yields++;
      return Promise.resolve();
    };
    const decoded = await decodeTable(encodeTable(tableOf(...routes)), yieldToLoop, 0);
    assert.equal(decoded.table.routes.length, 100);
    assert.equal(yields, 200, 'once after every backend and every route where a slice has no time at all');
  });

  test('that was cut off is refused', async () => {
    const bytes = encodeTable(tableOf(routeOf('web.local', 's/web')));
    const half = bytes.slice(0, bytes.byteLength / 2);
    await assert.rejects(decodeTable(half, never, Infinity), /end in the middle/);
  });
});
