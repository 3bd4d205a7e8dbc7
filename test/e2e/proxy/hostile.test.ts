import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Attack } from '../../support/attacks/attack.ts';
import { ATTACKS } from '../../support/attacks/corpus.ts';
import { FORGED } from '../../support/attacks/messages.ts';
import { onEachLane, oneHost, startProxy, type TestProxy } from '../../support/proxy.ts';
import type { RawClient, Response } from '../../support/rawClient.ts';
import { startServer, type RecordingServer } from '../../support/recordingServer.ts';

/** The first outcome must be one that the attack lists; a refusal must close and leave nothing complete at the server. */
async function assertSafe(attack: Attack, client: RawClient, server: RecordingServer): Promise<void> {
  const outcome = await client.outcome();
  if (outcome?.status === 200) {
    assert.ok(attack.safe.includes('forwarded'), `forwarded as ${server.seen()}`);
    assert.equal(server.completed.length, 1, 'forwarded exactly once');
    await assertNothingLeft(client, outcome);
    return;
  }
  assert.ok(attack.safe.includes(outcome?.status ?? 'closed'), client.seen());
  assert.equal(server.completed.length, 0, 'refused, yet forwarded');
  // Such an own answer is about a well-formed request: the connection may go on, if nothing of the attack is left in it.
  if (outcome?.status === 404 || outcome?.status === 417) await assertNothingLeft(client, outcome);
  else await client.closed();
  assert.ok(client.received <= 2);
}

/** What the client asks next is what it is answered next, or the connection is refused or over. */
async function assertNothingLeft(client: RawClient, { message }: Response): Promise<void> {
  if (message.get('connection')?.toLowerCase() === 'close') {
    await client.closed();
    return;
  }
  if (client.ending === null) client.request('GET', '/after');
  const next = await client.outcome();
  const isSafe = next === null || next.status === 400 || next.message.bodyText === 'GET /after';
  assert.ok(isSafe, client.seen());
}

async function assertAlive(proxy: TestProxy, server: RecordingServer): Promise<void> {
  assert.equal((await proxy.ask('GET', '/alive')).message.bodyText, 'GET /alive');
  const targets = server.exchanges.map(({ target }) => target);
  assert.ok(!targets.includes('/smuggled'), 'smuggled');
  const forged = server.exchanges.filter(({ request }) => request.text.includes(FORGED));
  assert.deepEqual(forged, [], 'a forged field was believed');
}

test('the corpus has hundreds of requests, and some of every class', (t) => {
  let total = 0;
  for (const [theme, attacks] of Object.entries(ATTACKS)) {
    t.diagnostic(`${attacks.length} of ${theme}`);
    assert.ok(attacks.length >= 9, theme);
    total += attacks.length;
  }
  t.diagnostic(`${total} in all`);
  assert.ok(total >= 600, `${total}`);
});

onEachLane('hostile requests', (lane) => {
  for (const [theme, attacks] of Object.entries(ATTACKS)) {
    suite(theme, { concurrency: 16 }, () => {
      for (const attack of attacks) {
        test(attack.name, async (t) => {
          const server = await startServer(t);
          const proxy = await startProxy(t, lane, oneHost(server));
          const client = await proxy.connect();
          const method = /^(HEAD|GET)/.exec(attack.bytes)?.[0] ?? 'GET';
          client.expecting(method).send(attack.bytes);
          await assertSafe(attack, client, server);
          await assertAlive(proxy, server);
        });
      }
    });
  }

  test('every attack, a byte at a time, has an outcome as safe', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const sample = Object.values(ATTACKS)
      .flat()
      .filter(({ bytes }, n) => bytes.length < 200 && n % 5 === 0);
    for (const attack of sample) {
      const completed = server.completed.length;
      const client = await proxy.connect();
      await client.sendInPieces(attack.bytes, 1);
      const outcome = await client.outcome();
      const what = outcome?.status === 200 ? 'forwarded' : (outcome?.status ?? 'closed');
      // A client that is cut off while it still sends may lose the answer to a reset.
      assert.ok(attack.safe.includes(what) || what === 'closed', `${attack.name}: ${client.seen()}`);
      assert.ok(server.completed.length - completed <= (what === 'forwarded' ? 1 : 0), attack.name);
      client.socket.destroy();
    }
    await assertAlive(proxy, server);
  });
});
