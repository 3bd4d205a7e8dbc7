import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dryRun, wouldGoWell } from '../../../src/control/dryRun.ts';
import { readSnapshot } from '../../../src/metadata/snapshot.ts';
import { documentsIn } from '../../support/metadata.ts';
import { EXPLAINED, SECRET } from '../../support/explained.ts';
import { snapshotWith } from '../../support/model.ts';
import { containerOf, serviceOf, SETTINGS, snapshotOf } from './environment.ts';
import { GUARD, labelsOf, liveOf, told, tryIn, type Labels } from './dryRuns.ts';

interface Case {
  readonly what: string;
  /** As a golden file has it. */
  readonly given: string;
  readonly labels: Labels;
  readonly expected: readonly string[];
}

const WEB = `service shop/web
traefik.enable=true
traefik.domain=test
traefik.port=80
`;

/** Of `shop/web`. */
const CASES: readonly Case[] = [
  {
    what: 'nothing changes nothing, and tells all that there is to know of the service',
    given: `${WEB}traefik.colour=blue\n`,
    labels: {},
    expected: ['routed', 'warning unknown-label of shop/web'],
  },
  {
    what: 'publishing a service without labels',
    given: 'service shop/web\n',
    labels: { 'traefik.enable': 'true', 'traefik.domain': 'test', 'traefik.port': '80' },
    expected: ['routed', '+ route web.shop.test → shop/web (1 server)'],
  },
  {
    what: 'a typo in a port',
    given: WEB,
    labels: { 'traefik.port': '8o8o' },
    expected: ['refused', '- route web.shop.test → shop/web', 'new error invalid-port of shop/web'],
  },
  {
    what: 'another port',
    given: WEB,
    labels: { 'traefik.port': '81' },
    expected: ['routed', '~ server c1 of shop/web: http://127.0.0.1:80 → http://127.0.0.1:81'],
  },
  {
    what: 'a typo in a label',
    given: WEB,
    labels: { 'traefik.frontend.ruel': 'Host:a.test' },
    expected: ['routed', 'new warning unknown-label of shop/web'],
  },
  {
    what: "taking another service's host, which that loses",
    given: `${WEB}service shop/zoo\ntraefik.enable=true\ntraefik.domain=test\ntraefik.port=80\n`,
    labels: { 'traefik.frontend.rule': 'Host:zoo.shop.test' },
    expected: [
      'routed',
      '~ route zoo.shop.test → shop/web (1 server), before → shop/zoo',
      '- route web.shop.test → shop/web',
      'new error host-conflict of shop/zoo',
    ],
  },
  {
    what: "wanting another service's host, which that keeps",
    given: `${WEB}service shop/api\ntraefik.enable=true\ntraefik.domain=test\ntraefik.port=80\n`,
    labels: { 'traefik.frontend.rule': 'Host:api.shop.test' },
    expected: ['refused', '- route web.shop.test → shop/web', 'new error host-conflict of shop/web'],
  },
  {
    what: 'a priority that takes a host back',
    given: `service shop/api\ntraefik.enable=true\ntraefik.frontend.rule=Host:a.test\ntraefik.port=80\n${WEB}traefik.frontend.rule=Host:a.test\n`,
    labels: { 'traefik.frontend.priority': '5' },
    expected: [
      'routed',
      '~ route a.test → shop/web (1 server), before → shop/api',
      'new error host-conflict of shop/api',
    ],
  },
  {
    what: 'taking the last service away',
    given: WEB,
    labels: { 'traefik.enable': 'false' },
    expected: ['not-enabled', '- route web.shop.test → shop/web', 'new info not-enabled of shop/web'],
  },
  {
    what: 'taking all labels away',
    given: WEB,
    labels: { 'traefik.enable': null, 'traefik.domain': null, 'traefik.port': null },
    expected: ['no state', '- route web.shop.test → shop/web'],
  },
  {
    what: 'segments instead of the service as a whole',
    given: WEB,
    labels: { 'traefik.api.port': '81', 'traefik.api.frontend.rule': 'Host:api.test' },
    expected: [
      'routed',
      '+ route api.test → shop/web (1 server)',
      '- route web.shop.test → shop/web',
      '~ server c1 of shop/web: http://127.0.0.1:80 → http://127.0.0.1:81',
    ],
  },
  {
    what: 'a label that restricts, and closes what it would not protect',
    given: WEB,
    labels: { 'traefik.frontend.whiteList.sourceRange': '10.0.0.0/8' },
    expected: [
      'refused',
      '~ route web.shop.test → shop/web (refused, answers 503: its label traefik.frontend.whiteList.sourceRange restricts it in a way that this version does not support)',
      'new error unsupported-label of shop/web',
    ],
  },
  {
    what: 'what a service without a health check would get',
    given: 'service shop/web no-check\ncontainer c1 running - 127.0.0.1\n',
    labels: { 'traefik.enable': 'true', 'traefik.domain': 'test', 'traefik.port': '80' },
    expected: [
      'without-servers',
      '+ route web.shop.test → shop/web (no servers, answers 503)',
      'new warning no-health-check of shop/web',
    ],
  },
  {
    what: 'a label in another spelling, which does not count',
    given: WEB,
    labels: { 'TRAEFIK.PORT': '81' },
    expected: ['routed', 'new warning label-overridden of shop/web'],
  },
  {
    what: 'labels that are none of ours, or not there',
    given: WEB,
    labels: { 'trafik.enable': 'true', 'traefik.prot': null, 'io.rancher.x': null },
    expected: [
      'routed',
      'note: The label trafik.enable has no effect: it is no traefik.* label.',
      'note: The label traefik.prot cannot be taken away: the service has none of this name; the nearest that it has is traefik.port.',
      'note: The label io.rancher.x cannot be taken away: the service has none of this name.',
    ],
  },
];

suite('a dry run of labels', () => {
  for (const { what, given, labels, expected } of CASES) {
    test(what, () => {
      assert.deepEqual(told(tryIn(given, labelsOf('shop/web', labels))), expected);
    });
  }

  test('shows the service as it would be', () => {
    const { service, summary } = tryIn(WEB, labelsOf('shop/web', { 'traefik.domain': 'a.test,b.test' }));
    assert.deepEqual(service?.hosts, ['web.shop.a.test', 'web.shop.b.test']);
    assert.equal(service?.servers.length, 1);
    assert.equal(summary, 'Requests for its hosts go to 1 server.');
  });

  test('counts what differs', () => {
    const given = `${WEB}service shop/zoo\ntraefik.enable=true\ntraefik.domain=test\ntraefik.port=80\n`;
    const { counts } = tryIn(given, labelsOf('shop/web', { 'traefik.frontend.rule': 'Host:zoo.shop.test' }));
    assert.deepEqual(counts, {
      routes: { added: 0, removed: 1, changed: 1 },
      servers: { added: 0, removed: 0, changed: 0 },
      findings: { added: 1, removed: 0 },
    });
  });

  test('of a service that is not there is none', () => {
    const live = liveOf(snapshotOf(serviceOf('shop/web')));
    const settings = { derive: SETTINGS, guard: GUARD };
    assert.equal(dryRun(live, labelsOf('shop/wbe', {}), settings), null);
    assert.equal(dryRun(live, labelsOf('__proto__', {}), settings), null);
  });

  test('tells whether all would be well: the service served, nobody with a new error, nothing held', () => {
    const zoo = 'service shop/zoo\ntraefik.enable=true\ntraefik.domain=test\ntraefik.port=80\n';
    for (const [labels, isWell] of [
      [{}, true],
      [{ 'traefik.port': '81' }, true],
      [{ 'traefik.colour': 'blue' }, true],
      [{ 'traefik.port': 'x' }, false],
      [{ 'traefik.enable': null }, false],
      [{ 'traefik.frontend.rule': 'Host:zoo.shop.test' }, false],
    ] as const) {
      assert.equal(
        wouldGoWell(tryIn(`${WEB}${zoo}`, labelsOf('shop/web', labels))),
        isWell,
        JSON.stringify(labels),
      );
    }
  });

  test('holds what the guard would hold', () => {
    const many = Array.from({ length: 6 }, (_, i) => `container c${i} running healthy 127.0.0.${i + 1}\n`);
    const given = `${WEB}${many.join('')}service shop/zoo\ntraefik.enable=true\ntraefik.domain=test\n`;
    const off = { 'traefik.enable': 'false' };
    const run = tryIn(given, labelsOf('shop/web', off));
    assert.deepEqual([run.wouldBeHeld, wouldGoWell(run)], [true, false]);
    assert.equal(tryIn(given, labelsOf('shop/zoo', off)).wouldBeHeld, false);
    assert.equal(tryIn(given, labelsOf('shop/web', { 'traefik.port': '81' })).wouldBeHeld, false);
  });

  test('never tells a credential, whether it is proposed or there', () => {
    const live = liveOf(snapshotWith(EXPLAINED));
    for (const { id } of EXPLAINED) {
      for (const labels of [
        { 'traefik.colour': 'blue' },
        { 'traefik.frontend.auth.basic.users': `me:${SECRET}` },
        { 'traefik.frontend.headers.customRequestHeaders': `Authorization:${SECRET}` },
        { 'traefik.backend.healthcheck.headers': SECRET, 'traefik.backend.healthcheck.path': '/' },
        { 'traefik.frontend.rule': `Host:a.test;Headers:X-Key,${SECRET}` },
        { [`traefik.frontend.auth.basic.users:me:${SECRET}`]: '' },
        { [`traefik.frontend.auth.basic.users:me:${SECRET}`]: null },
      ]) {
        const result = dryRun(live, labelsOf(id, labels), { derive: SETTINGS, guard: GUARD });
        assert.ok(!JSON.stringify(result).includes(SECRET), `${id} ${JSON.stringify(labels)}`);
      }
    }
  });

  test('lists at most a thousand changes and findings, the own ones first, and counts the others', () => {
    const labels = Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`traefik.x${i}`, '']));
    const run = tryIn(`service a/a\ntraefik.colour=blue\n${WEB}`, labelsOf('shop/web', labels));
    assert.deepEqual([run.changes.length, run.moreChanges], [1_000, 200]);
    assert.deepEqual([run.findings.length, run.moreFindings], [1_000, 200]);
    assert.equal(run.counts.findings.added, 1_200);
    assert.ok(run.findings.every(({ service }) => service === 'shop/web'));
  });
});

const LABELS = { 'traefik.enable': 'true', 'traefik.domain': 'test', 'traefik.port': '80' };
function rancherService(name: string, more: object = {}) {
  return {
    stack_name: 'shop',
    name,
    labels: LABELS,
    health_check: {},
    containers: [{ name: 'c1', state: 'running', health_state: 'healthy', primary_ip: '127.0.0.1' }],
    ...more,
  };
}

async function metadata(...services: readonly unknown[]) {
  const snapshot = await readSnapshot(documentsIn({ services }));
  return { kind: 'metadata', snapshot } as const;
}

suite('a dry run of metadata', () => {
  test('compares all of it with what is live, and is about no one service', async () => {
    const run = tryIn(WEB, await metadata(rancherService('web'), rancherService('api')));
    assert.deepEqual(told(run), ['no state', '+ route api.shop.test → shop/api (1 server)']);
    assert.deepEqual([run.service, run.summary], [null, null]);
  });

  test('lists findings that are new, of every service', async () => {
    const bad = { ...LABELS, 'traefik.port': 'x' };
    const given = `${WEB}traefik.colour=blue\n`;
    const run = tryIn(
      given,
      await metadata(
        rancherService('web', { labels: { ...LABELS, 'traefik.colour': 'blue' } }),
        rancherService('bad', { labels: bad }),
        { stack_name: 'shop', name: 'odd', labels: 7 },
      ),
    );
    assert.deepEqual(told(run).slice(1), [
      'new error invalid-port of shop/bad',
      'new error malformed-service of shop/odd',
    ]);
  });

  test('without any service would be refused, and says so', async () => {
    const run = tryIn(WEB, await metadata());
    assert.deepEqual(told(run).slice(0, 2), ['no state', '- route web.shop.test → shop/web']);
    assert.match(run.notes.join(), /without any service is refused .* what is live would stay/);
  });
});

suite('what a dry run does not ask anybody', () => {
  const external = serviceOf('shop/ext', {
    kind: 'externalService',
    labels: {},
    external: { addresses: [], hostname: 'ext.example.com' },
  });
  const settings = { derive: SETTINGS, guard: GUARD };
  const enable = labelsOf('shop/ext', { 'traefik.enable': 'true', 'traefik.domain': 'test' });

  test('is what a name leads to: it says so where nothing is known of it', () => {
    const { service, notes } = dryRun(liveOf(snapshotOf(external)), enable, settings)!;
    assert.deepEqual(service?.servers, []);
    assert.match(notes.join(), /resolves no names, .*: ext\.example\.com\. The daemon resolves them before/);
    const resolutions = { 'ext.example.com': { addresses: ['127.0.0.9'], error: null } };
    const known = dryRun(liveOf({ ...snapshotOf(external), resolutions }), enable, settings)!;
    assert.deepEqual(
      known.service?.servers.map(({ url }) => url),
      ['http://127.0.0.9:80'],
    );
    assert.deepEqual(known.notes, []);
  });

  test('is which host it runs on: it says so where that would be asked for the first time', () => {
    const web = serviceOf('shop/web', { containers: [containerOf('c1', '127.0.0.1')] });
    const prefer = labelsOf('shop/web', { 'traefik.prefer.local': 'true' });
    const { notes } = dryRun(liveOf(snapshotOf(web)), prefer, settings)!;
    assert.match(notes.join(), /does not ask which host .*local-host-unknown may not come/);
    const here = { ...snapshotOf(web), localHostUuid: 'h1' };
    assert.deepEqual(dryRun(liveOf(here), prefer, settings)!.notes, []);
    const metadata = { kind: 'metadata', snapshot: snapshotOf(web) } as const;
    assert.deepEqual(dryRun(liveOf(here), metadata, settings)!.notes, [], 'it is still known');
  });

  test('is what is held: it says so while something is', () => {
    const live = { ...liveOf(snapshotOf(serviceOf('shop/web'))), isHolding: true };
    const { notes } = dryRun(live, labelsOf('shop/web', {}), settings)!;
    assert.match(notes.join(), /A refresh is held at the moment, so this is compared with what is live/);
  });
});
