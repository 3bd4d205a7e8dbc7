import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { nextNonce } from '../stage/ask.ts';
import { targetOf } from '../stage/echo.ts';

/** What a client sends, and whether it waits for something before it leaves. */
export interface ClientPhase {
  readonly name: string;
  readonly bytes: string;
  readonly leaves: 'once sent' | 'at the first byte' | 'later';
}

/** Longer than anything that is waited for here: a server must be told that nobody waits for it any more. */
const LONG_MS = 60_000;

function target(waitMs: number, size = 0): string {
  return targetOf({ nonce: nextNonce(), waitMs, size });
}

/** All of them, for this host. A new nonce with each. */
export function phases(host: string): readonly ClientPhase[] {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const post = () => `POST ${target(0)} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\n`;
  const chunked = `POST ${target(0)} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const upgrade = `GET ${target(0)} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  return [
    { name: 'before the head', bytes: '', leaves: 'once sent' },
    { name: 'in the head', bytes: 'GET /in-the-head HT', leaves: 'once sent' },
    { name: 'after the head', bytes: post(), leaves: 'once sent' },
    { name: 'in the body', bytes: `${post()}half of it`, leaves: 'once sent' },
    { name: 'in a chunk', bytes: `${chunked}ff\r\nhalf of it`, leaves: 'once sent' },
    { name: 'before the response', bytes: get(target(LONG_MS)), leaves: 'later' },
    { name: 'in the response body', bytes: get(target(0, 20_000_000)), leaves: 'at the first byte' },
    { name: 'after the last byte', bytes: get(target(0)), leaves: 'at the first byte' },
    { name: 'on an idle connection', bytes: get(target(0)), leaves: 'later' },
    { name: 'in a tunnel', bytes: upgrade, leaves: 'at the first byte' },
    {
      name: 'with more requests sent than answered',
      bytes: get(target(20)).repeat(20),
      leaves: 'at the first byte',
    },
  ];
}

/** Connects, sends, and waits as its phase wants. */
export async function client(port: number, { bytes, leaves }: ClientPhase): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve));
  if (leaves === 'at the first byte') await once(socket, 'readable');
  else await pause(leaves === 'later' ? 100 : 5);
  return socket;
}
