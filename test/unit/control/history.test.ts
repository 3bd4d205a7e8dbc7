import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Publication, StoreEvent } from '../../../src/control/events.ts';
import { History } from '../../../src/control/history.ts';
import type { HistoryEntry } from '../../../src/control/historyEntry.ts';
import { HISTORY_FILE, historyFile } from '../../../src/control/historyFile.ts';
import { Publisher } from '../../../src/control/publisher.ts';
import type { Snapshot } from '../../../src/model/service.ts';
import { cleanup } from '../../support/cleanup.ts';
import { statusOf } from '../../support/status.ts';
import { changesOf, derivationOf, publicationOf } from './events.ts';
import { containerOf, PUBLISHED, serviceOf, SETTINGS, snapshotOf } from './environment.ts';

const AT = Date.UTC(2016, 6, 29, 12, 0, 0);

/** One published service with so many containers. */
function webWith(containers: number, domain = 'local'): Snapshot {
  const all = Array.from({ length: containers }, (_, i) => containerOf(`web-${i + 1}`, `127.0.0.${i + 1}`));
  return snapshotOf(
    serviceOf('s/web', { containers: all, labels: { ...PUBLISHED, 'traefik.domain': domain } }),
  );
}

/** A history that nothing was kept of, or in `directory`, and what follows from snapshots one after the other. */
function start(directory: string | null = null, fromState = false) {
  const told: StoreEvent[] = [];
  const history = new History(
    directory === null ? null : historyFile(directory, (event) => told.push(event)),
    () => AT,
  );
  const heard: HistoryEntry[] = [];
  history.listen((entry) => heard.push(entry));
  const { install, metadata } = statusOf([]);
  const status = { install, metadata: { ...metadata, fromState: fromState ? { readAt: AT } : null } };
  const follow = (publication: Publication | null) => {
    if (publication !== null) history.follow(publication, status);
  };
  let publisher = new Publisher(SETTINGS);
  return {
    history,
    heard,
    follow,
    told: () => told.map(({ what }) => what),
    events: told,
    live: (snapshot: Snapshot) => {
      const publication = publisher.publish(snapshot);
      follow(publication);
      return publication;
    },
    /** As a refresher thread that was started anew. */
    forget: () => (publisher = new Publisher(SETTINGS)),
    summaries: () => history.entries.map(({ id, summary }) => `${id} ${summary}`),
  };
}

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true, force: true }));
  return directory;
}

suite('a history', () => {
  test('is empty before the first install', async () => {
    const { history } = start();
    await history.finished();
    assert.deepEqual(history.entries, []);
  });

  test('begins with what there is, without calling all of it new', async () => {
    const { history, live } = start();
    await history.finished();
    const publication = live(webWith(2));
    assert.deepEqual(history.entries, [
      {
        id: 1,
        at: AT,
        kind: 'start',
        tableId: publication?.derivation.table.id,
        metadataVersion: statusOf([]).install?.metadataVersion,
        comparedWith: null,
        counts: {
          routes: { added: 0, removed: 0, changed: 0 },
          servers: { added: 0, removed: 0, changed: 0 },
          findings: { added: 0, removed: 0 },
        },
        total: { routes: 1, services: 1, servers: 2, errors: 0, warnings: 0 },
        summary: 'active-lb 0.1.0 started: 1 route, 1 service, 2 servers',
        changes: [],
        moreChanges: 0,
      },
    ]);
  });

  test('says so where it began from disk', async () => {
    const { history, live, summaries } = start(null, true);
    await history.finished();
    live(webWith(1));
    assert.equal(history.entries[0]?.kind, 'restored');
    assert.match(
      summaries()[0] ?? '',
      /started from LB_STATE_DIR, since metadata could not be read: 1 route/,
    );
  });

  test('tells newest first what came, went and changed, and how much of each', async () => {
    const { history, live, summaries } = start();
    await history.finished();
    live(webWith(1));
    live(webWith(3));
    live(webWith(0, 'local,other'));
    assert.deepEqual(summaries(), [
      '3 s/web: 1 route added; 3 servers removed; 1 finding added',
      '2 s/web: 2 servers added',
      '1 active-lb 0.1.0 started: 1 route, 1 service, 1 server',
    ]);
    const [newest, second] = history.entries;
    assert.deepEqual(newest?.counts, {
      routes: { added: 1, removed: 0, changed: 0 },
      servers: { added: 0, removed: 3, changed: 0 },
      findings: { added: 1, removed: 0 },
    });
    assert.deepEqual([newest?.total.servers, newest?.total.warnings, newest?.comparedWith], [0, 1, 'live']);
    assert.deepEqual(second?.changes, [
      {
        kind: 'added',
        what: 'server',
        service: 's/web',
        text: '+ server web-2 (http://127.0.0.2:8080) of s/web',
      },
      {
        kind: 'added',
        what: 'server',
        service: 's/web',
        text: '+ server web-3 (http://127.0.0.3:8080) of s/web',
      },
    ]);
  });

  test('has an entry where only findings differ, and none where nothing that is told does', async () => {
    const { history, live, summaries } = start();
    await history.finished();
    const unwell = (healthState: string, label = {}) =>
      live(
        snapshotOf(
          serviceOf('s/web', {
            containers: [
              containerOf('web-1', '127.0.0.1'),
              containerOf('web-2', '127.0.0.2', { healthState }),
            ],
            labels: { ...PUBLISHED, ...label },
          }),
        ),
      );
    unwell('initializing');
    assert.notEqual(unwell('unhealthy'), null, 'another reason is something new to show');
    assert.equal(history.entries.length, 1);
    unwell('unhealthy', { 'traefik.fronted.rule': 'x' });
    assert.equal(summaries()[0], '2 s/web: 1 finding added');
  });

  test('tells that something differs where no change has words', async () => {
    const { history, live, summaries, follow } = start();
    await history.finished();
    const first = live(webWith(1));
    follow(publicationOf(derivationOf('t2'), { follows: first?.id ?? '' }));
    assert.match(summaries()[0] ?? '', /^2 what differs is not told one by one/);
  });

  test('compares with what was live, whatever the refresher compared with', async () => {
    const { history, live, forget, summaries } = start();
    await history.finished();
    live(webWith(1));
    forget();
    assert.ok((live(webWith(1))?.changes.length ?? 0) > 0, 'all of it is new to the refresher');
    assert.equal(history.entries.length, 1);
    forget();
    live(webWith(2));
    assert.equal(summaries()[0], '2 s/web: 1 server added');
  });

  test('keeps 200 entries, of one of them 1,000 changes, and of a text 600 characters', async () => {
    const { history, follow } = start();
    await history.finished();
    let last: Publication | null = null;
    for (let i = 0; i <= 200; i++) {
      const changes = changesOf(i === 200 ? 1_234 : 1).map((change) => ({
        ...change,
        text: 'x'.repeat(700),
      }));
      last = publicationOf(derivationOf(`t${i}`), { follows: last?.id ?? null, changes });
      follow(last);
    }
    assert.deepEqual(
      [history.entries.length, history.entries[0]?.id, history.entries[199]?.id],
      [200, 201, 2],
    );
    const [{ changes, moreChanges, counts }] = history.entries as [HistoryEntry];
    assert.deepEqual([changes.length, moreChanges, counts.servers.added], [1000, 234, 1234]);
    assert.equal(changes[0]?.text, `${'x'.repeat(600)}…`);
  });

  test('lets the oldest changes go where all are more than 4 MB, and keeps how many they were', async () => {
    const { history, follow } = start();
    await history.finished();
    let last: Publication | null = null;
    for (let i = 0; i < 20; i++) {
      const changes = changesOf(1000).map((change) => ({ ...change, text: 'x'.repeat(550) }));
      last = publicationOf(derivationOf(`t${i}`), { follows: last?.id ?? null, changes });
      follow(last);
    }
    assert.ok(JSON.stringify(history.entries).length < 4 * 1024 * 1024);
    const kept = history.entries.map(({ changes }) => changes.length);
    assert.deepEqual(kept.slice(0, 7), [1000, 1000, 1000, 1000, 1000, 1000, 0]);
    assert.deepEqual(
      [history.entries.at(-2)?.moreChanges, history.entries.at(-2)?.counts.servers.added],
      [1000, 1000],
    );
  });

  test('calls listeners with each entry, until they leave', async () => {
    const { history, live, heard } = start();
    await history.finished();
    const own: number[] = [];
    const leave = history.listen(({ id }) => own.push(id));
    live(webWith(1));
    leave();
    live(webWith(2));
    assert.deepEqual([own, heard], [[1], history.entries.toReversed()]);
  });
});

suite('the first install of a run', () => {
  for (const order of ['later', 'before it is installed']) {
    test(`tells what differs from the run before, where that is found ${order}`, async () => {
      const { history, live, heard, summaries } = start();
      await history.finished();
      const publication = new Publisher(SETTINGS).publish(webWith(2));
      const compared = {
        kind: 'compared',
        publication: publication?.id ?? '',
        changes: changesOf(2),
      } as const;
      if (order !== 'later') history.compared(compared);
      live(webWith(2));
      if (order === 'later') history.compared(compared);
      assert.deepEqual(summaries(), [
        '1 active-lb 0.1.0 started: 1 route, 1 service, 2 servers. Since the last run: stack/service: 2 servers added',
      ]);
      const [{ changes, comparedWith, counts }] = history.entries as [HistoryEntry];
      assert.deepEqual([changes, comparedWith, counts.servers.added], [changesOf(2), 'last-run', 2]);
      assert.deepEqual(heard.at(-1), history.entries[0]);
      assert.deepEqual(
        heard.map(({ id }) => id),
        [1, 1],
      );
    });
  }

  test('tells where nothing differs from the run before', async () => {
    const { history, live, summaries } = start();
    await history.finished();
    const { id } = live(webWith(2)) as Publication;
    history.compared({ kind: 'compared', publication: id, changes: [] });
    assert.match(summaries()[0] ?? '', /2 servers\. Since the last run: no change$/);
  });

  test('is the one that was compared: a comparison of something else, or one too late, changes nothing', async () => {
    const { history, live } = start();
    await history.finished();
    history.compared({ kind: 'compared', publication: 'other', changes: changesOf(1) });
    const { id } = live(webWith(0)) as Publication;
    const before = history.entries;
    history.compared({ kind: 'compared', publication: 'other', changes: changesOf(1) });
    assert.deepEqual(history.entries, before);
    for (let i = 1; i <= 200; i++) live(webWith(i));
    history.compared({ kind: 'compared', publication: id, changes: changesOf(1) });
    assert.equal(history.entries.at(-1)?.summary, 's/web: 1 server added; 1 finding removed');
  });
});

suite('a history that is kept in a file', () => {
  test('goes on where it was after a restart, with ids that grow', async (t) => {
    const directory = await temporaryDirectory(t);
    const first = start(directory);
    await first.history.finished();
    first.live(webWith(1));
    first.live(webWith(2));
    await first.history.finished();
    const second = start(directory);
    await second.history.finished();
    assert.deepEqual(second.history.entries, first.history.entries);
    second.live(webWith(2));
    assert.deepEqual(
      second.history.entries.map(({ id }) => id),
      [3, 2, 1],
    );
    assert.equal((await stat(join(directory, HISTORY_FILE))).mode & 0o777, 0o600);
  });

  test('shows and tells nothing before the file was read, and loses nothing of what came meanwhile', async (t) => {
    const directory = await temporaryDirectory(t);
    const first = start(directory);
    first.live(webWith(1));
    await first.history.finished();
    const second = start(directory);
    const { id } = second.live(webWith(1)) as Publication;
    second.live(webWith(2));
    second.history.compared({ kind: 'compared', publication: id, changes: [] });
    assert.deepEqual([second.history.entries, second.heard], [[], []]);
    await second.history.finished();
    assert.deepEqual(second.summaries(), [
      '3 s/web: 1 server added',
      '2 active-lb 0.1.0 started: 1 route, 1 service, 1 server. Since the last run: no change',
      '1 active-lb 0.1.0 started: 1 route, 1 service, 1 server',
    ]);
    assert.deepEqual(second.heard, second.history.entries.slice(0, 2).toReversed());
    const third = start(directory);
    await third.history.finished();
    assert.deepEqual(third.summaries(), second.summaries());
  });

  test('writes a burst of installs in two turns', async (t) => {
    const { history, live, told } = start(await temporaryDirectory(t));
    await history.finished();
    for (let i = 0; i < 50; i++) live(webWith(i));
    await history.finished();
    assert.deepEqual(told(), ['written', 'written']);
  });

  test('loses nothing but the file where the disk is full, and makes up for it', async (t) => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, HISTORY_FILE);
    await mkdir(`${path}.tmp`);
    const { history, live, told, events } = start(directory);
    live(webWith(1));
    await history.finished();
    live(webWith(2));
    await history.finished();
    assert.deepEqual([history.entries.length, told()], [2, ['write-failed']]);
    assert.match(events[0]?.text ?? '', /^the history cannot be stored \(LB_STATE_DIR\): /);
    await rm(`${path}.tmp`, { recursive: true });
    for (let i = 0; i < 2; i++) await history.finished();
    assert.deepEqual(told(), ['write-failed', 'write-recovered'], 'once, and no more');
    const next = start(directory);
    await next.history.finished();
    assert.deepEqual(next.history.entries, history.entries);
  });

  test('begins anew where the file is damaged, which is set aside', async (t) => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, HISTORY_FILE);
    await writeFile(path, 'x');
    const { history, live, told, events } = start(directory);
    live(webWith(1));
    await history.finished();
    assert.deepEqual([history.entries[0]?.id, told()], [1, ['set-aside', 'written']]);
    assert.match(events[0]?.text ?? '', /the stored history .* is no history of this program in version 1/);
    assert.equal(await readFile(`${path}.corrupt`, 'utf8'), 'x');
  });

  test('is not read where the file is larger than any history', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, HISTORY_FILE), Buffer.alloc(17 * 1024 * 1024));
    const { history, events } = start(directory);
    await history.finished();
    assert.match(events[0]?.text ?? '', /has 17825792 bytes, more than 16777216/);
  });
});
