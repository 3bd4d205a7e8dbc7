/**
 * Opens `argv[4]` connections to port `argv[2]` of 127.0.0.1, has each ask the host `argv[3]` for `/` once, and keeps them
 * open. They come from 127.0.0.2 and up, since one address has too few ports to be sure of.
 */
import { connect, type Socket } from 'node:net';

const [port, host, connections] = [Number(process.argv[2]), String(process.argv[3]), Number(process.argv[4])];
const REQUEST = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const BODY_END = 'behind.\n';
/** As many as wrk has: the proxy then needs no more connections to servers than it has already. */
const AT_A_TIME = 64;
const CONNECTIONS_PER_ADDRESS = 2_500;

const sockets = new Set<Socket>();
let next = 0;
await Promise.all(Array.from({ length: AT_A_TIME }, openMany));
tell({ kind: 'ready' });
process.once('SIGTERM', end);
process.stdin.resume().once('end', end);

async function openMany(): Promise<void> {
  while (next < connections) await openOne(next++);
}

function openOne(index: number): Promise<void> {
  const localAddress = `127.0.0.${2 + Math.floor(index / CONNECTIONS_PER_ADDRESS)}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress }, () => socket.write(REQUEST));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (!answer.endsWith(BODY_END)) return;
      answer = '';
      resolve();
    });
    sockets.add(socket);
    socket.once('error', reject).once('close', () => {
      sockets.delete(socket);
      tell({ kind: 'closed', open: sockets.size });
    });
  });
}

/** A connection that is reset leaves no port behind that the next loader cannot have. */
function end(): void {
  for (const socket of sockets) socket.removeAllListeners('close').resetAndDestroy();
  process.exit();
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
