import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: object) => void;
/** Anything less leaves megabytes that nobody holds. */
const ALL = { type: 'major', flavor: 'last-resort' };

/** When nothing is taken in so many looks at so long intervals, nothing more will be. More than one, for a loop may be slow. */
const LOOKS = 6;
const LOOK_MS = 50;

/** Bytes that are in use in this process, on the heap and outside of it. */
export async function bytesInUse(): Promise<number> {
  // Once to find what is not in use, once more to have its buffers freed.
  for (const _ of [1, 2]) {
    collect(ALL);
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Writes as long as the other side takes it, at most so many bytes; keeps none of it itself. Resolves with how many were taken. */
export async function flood(socket: Socket, piece: Buffer, maxBytes: number): Promise<number> {
  let taken = 0;
  while (taken < maxBytes && socket.writable) {
    if (!socket.write(piece)) {
      const isStuck = !(await drains(socket));
      if (isStuck) return taken;
    }
    taken += piece.length;
  }
  return taken;
}

/** Whether more can be written, or all is over, before it is clear that nothing is taken any more. */
async function drains(socket: Socket): Promise<boolean> {
  let looks = 0;
  return new Promise((resolve) => {
    const end = (hasDrained: boolean) => (): void => {
      clearInterval(timer);
      socket.off('drain', goOn).off('close', goOn);
      resolve(hasDrained);
    };
    const goOn = end(true);
    const giveUp = end(false);
    const timer = setInterval(() => {
      looks += 1;
      if (looks === LOOKS) giveUp();
    }, LOOK_MS);
    socket.on('drain', goOn).on('close', goOn);
  });
}
