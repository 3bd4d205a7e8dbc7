import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dryRunText } from '../../../src/control/dryRunText.ts';
import { labelsOf, tryIn, type Labels } from './dryRuns.ts';

const GIVEN = `service shop/web
traefik.enable=true
traefik.domain=test
traefik.port=80
service shop/zoo
traefik.enable=true
traefik.domain=test
traefik.port=80
container c1 running healthy 127.0.0.1
container c2 running healthy 127.0.0.2
container c3 running healthy 127.0.0.3
container c4 running healthy 127.0.0.4
container c5 running healthy 127.0.0.5
`;

function textOf(service: string, labels: Labels): string {
  return dryRunText(service, tryIn(GIVEN, labelsOf(service, labels)));
}

suite('a dry run in a terminal', () => {
  test('tells what would become of the service, what differs, and what is to be known', () => {
    assert.equal(
      textOf('shop/web', { 'traefik.frontend.rule': 'Host:zoo.shop.test', 'traefik.enabled': null }),
      `dry run: nothing of this is applied

shop/web: routed
  Requests for its hosts go to 1 server.
  host zoo.shop.test

changes: 1 route removed, 1 route changed, 1 finding added
  ~ route zoo.shop.test → shop/web (1 server), before → shop/zoo
  - route web.shop.test → shop/web

findings
  error host-conflict of shop/zoo, new
      zoo.shop.test is claimed by shop/web too, which wins: its name comes
      first; give one of them another domain or name.

held: it would remove most of the servers at once, so it would go live only
  after LB_REMOVAL_HOLD, or when somebody releases it

note: The label traefik.enabled cannot be taken away: the service has none of
  this name; the nearest that it has is traefik.enable.
`,
    );
  });

  test('says that nothing differs', () => {
    assert.match(textOf('shop/web', { 'traefik.port': '80' }), /\nchanges: none\n$/);
  });

  test('says that it would be held, and that no label is left', () => {
    const labels = { 'traefik.enable': null, 'traefik.domain': null, 'traefik.port': null };
    const text = textOf('shop/zoo', labels);
    assert.match(text, /\nshop\/zoo: no labels\n {2}It has no traefik\.\* label then, so that nobody asks/);
    assert.match(text, /\nheld: it would remove most of the servers at once/);
  });

  test('lets no name or value steer the terminal, and keeps to its width', () => {
    const labels = { 'traefik.\u001b[31m': '\u0007', 'traefik.domain': '\u202e,\u0000' };
    const text = textOf('shop/web', labels);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
    assert.ok(text.split('\n').every((line) => line.length <= 80));
  });
});
