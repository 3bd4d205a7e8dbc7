import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HOST, startContainers, webTest } from '../../support/containers.ts';
import { daemonEnv, startProgram } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';
import { Watch } from '../../support/watch.ts';
import { cleanup } from '../../support/cleanup.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
/** Enough to start with, and few enough to use up. */
const FILES = 150;

suite('a process without file descriptors left', { skip: !existsSync('/proc/self/limits') }, () => {
  test('was warned at its start, survives, and serves again as soon as there are some', async (t) => {
    const port = await startContainers(t, { here: '127.0.0.1' }, (_name, _request, response) => {
      response.end('served');
    });
    const metadata = await startStandIn(t, webTest(port, ['here']));
    const program = startProgram(t, [`ulimit -n ${FILES}; exec "$0" "$@"`, process.execPath, CLI], {
      env: daemonEnv(metadata.base, { LB_MAX_CONNECTIONS: '20000' }),
      node: '/bin/sh',
      script: '-c',
    });
    assert.match((await program.said(/"event":"file-limit-low".*/))[0], /may have 150 files open/);
    await program.said(/"event":"installed"/);
    const adminPort = await program.portOf('admin-listening');
    const httpPort = await program.portOf('listening');

    const sockets: Socket[] = [];
    const status = async () => {
      const client = await RawClient.connect(t, httpPort);
      return (await client.request('GET', '/', [['Host', HOST]]).outcome())?.status;
    };
    cleanup(t, () => sockets.forEach((socket) => socket.destroy()));
    const watch = new Watch();
    let lost = 0;
    for (let n = 0; n < FILES; n++) {
      const socket = connect(httpPort, '127.0.0.1').on('error', () => {});
      socket.on('close', () => {
        lost += 1;
        watch.changed();
      });
      sockets.push(socket);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    }
    // What cannot be kept is accepted and closed.
    await watch.until(
      'loss',
      () => lost > 0 || undefined,
      () => `${lost} lost`,
    );
    assert.ok(!program.hasEnded);

    for (const socket of sockets) socket.destroy();
    // Its ends of them are closed a moment later.
    let answered = await status();
    while (answered === undefined) answered = await status();
    assert.equal(answered, 200);
    assert.equal((await fetch(`http://127.0.0.1:${adminPort}/ping`)).status, 200);
  });
});
