import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { CLIENT_TURNS, SERVER_TURNS, Stillness } from '../../fuzz/stillness.ts';

suite('when nothing happens any more', () => {
  test('servers go on before clients, whoever waits first and however short turns are', async () => {
    const stillness = new Stillness();
    const order: string[] = [];
    const wait = async (who: string, turns: number): Promise<void> => {
      // Longer than all the turns take.
      await stillness.lasts(turns, 50);
      order.push(who);
    };
    await Promise.all([wait('client', CLIENT_TURNS), wait('server', SERVER_TURNS)]);
    assert.deepEqual(order, ['server', 'client']);
  });

  test('whoever goes on lets the others wait anew', async () => {
    const stillness = new Stillness();
    const order: string[] = [];
    const server = stillness.lasts(SERVER_TURNS, 0).then(async () => {
      order.push('server');
      await stillness.lasts(SERVER_TURNS, 0);
      order.push('server again');
    });
    const client = stillness.lasts(CLIENT_TURNS, 0).then(() => order.push('client'));
    await Promise.all([server, client]);
    assert.deepEqual(order, ['server', 'server again', 'client']);
  });
});
