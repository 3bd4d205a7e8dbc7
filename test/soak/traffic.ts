import { connect, type Socket } from 'node:net';
import { get as httpGet } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { ATTACKS } from '../support/attacks/corpus.ts';
import { client, phases } from '../faults/clientPhases.ts';
import type { EchoServer } from '../stage/fleet.ts';

/** Does one thing again and again until the signal, and counts. What it does may fail: that is its own matter. */
export class Habit {
  readonly name: string;
  count = 0;
  failures = 0;
  lastFailure = '';
  readonly #act: (nth: number) => Promise<void>;

  constructor(name: string, act: (nth: number) => Promise<void>) {
    this.name = name;
    this.#act = act;
  }

  async keep(everyMs: number, until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      try {
        await this.#act(this.count);
      } catch (error) {
        this.failures += 1;
        this.lastFailure = String(error);
      }
      this.count += 1;
      await pause(everyMs);
    }
  }
}

/** Sockets, and a stream of events, on a server of the fleet. */
export function serveStreams(server: EchoServer): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.onUpgrade = (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data: Buffer) => webSocket.send(`echo ${data.toString()}`));
      webSocket.on('error', () => {});
    });
  };
  server.special = (request, response) => {
    if (request.url !== '/events') return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      response.write(`data: ${sent}\n\n`);
      if (sent === 20) response.end();
    }, 50);
    response.on('close', () => clearInterval(timer));
    return true;
  };
}

/** Opens a WebSocket, has a few words echoed, and leaves: politely, or not. */
export async function talk(port: number, host: string, nth: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { Host: host } });
  const failed = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  await Promise.race([once(socket, 'open'), failed]);
  for (let i = 0; i < 5; i++) {
    const answer = once(socket, 'message');
    socket.send(`word ${i}`);
    const [data] = (await Promise.race([answer, failed])) as [Buffer];
    if (String(data) !== `echo word ${i}`) throw new Error(`the WebSocket answered ${String(data)}`);
    await pause(20);
  }
  socket.on('error', () => {});
  if (nth % 2 === 0) socket.terminate();
  else {
    socket.close();
    await once(socket, 'close');
  }
}

/** Listens to events until they end, or leaves in the middle. */
export function listen(port: number, host: string, nth: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpGet(
      { host: '127.0.0.1', port, path: '/events', agent: false, headers: { Host: host } },
      (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => {
          text += piece.toString();
          if (nth % 3 !== 0 || !text.includes('data: 5')) return;
          response.destroy();
          resolve();
        });
        response.on('error', reject);
        response.on('end', () =>
          text.includes('data: 20')
            ? resolve()
            : reject(new Error(`the events ended with ${text.slice(-30)}`)),
        );
      },
    );
    request.on('error', reject);
  });
}

/** A client that leaves in one of the phases of a request. */
export async function vanish(port: number, host: string, nth: number): Promise<void> {
  const all = phases(host);
  const socket = await client(port, all[nth % all.length]!);
  if (nth % 2 === 0) socket.resetAndDestroy();
  else socket.destroy();
}

const EVERY_ATTACK = Object.values(ATTACKS).flat();

/** A request of the hostile corpus, on a connection of its own; whatever comes is read for a moment. */
export async function attack(port: number, nth: number): Promise<void> {
  // A step that meets all of them: the corpus has no multiple of it.
  const { bytes } = EVERY_ATTACK[(nth * 37) % EVERY_ATTACK.length]!;
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write(Buffer.from(bytes, 'latin1'));
  await Promise.race([once(socket, 'close'), pause(200)]);
  socket.destroy();
}

/** Asks for a name that is nobody's, each time another one. */
export function askStranger(port: number, nth: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { Host: `nobody-${nth}.test` };
    httpGet({ host: '127.0.0.1', port, path: `/${nth}`, agent: false, headers }, (response) => {
      response.resume();
      if (response.statusCode === 404) resolve();
      else reject(new Error(`a stranger was answered ${response.statusCode}`));
    }).on('error', reject);
  });
}
