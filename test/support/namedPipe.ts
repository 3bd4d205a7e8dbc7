import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cleanup } from './cleanup.ts';

/** A pipe that a test reads when it wants to. What Node makes for a child process is a socket, which is something else. */
export interface NamedPipe {
  /** To be given to a child process; it blocks. Closed when the test ends. */
  readonly writeEnd: number;
  /** Paused. */
  readonly reader: Socket;
}

export function namedPipe(t: TestContext): NamedPipe {
  const directory = mkdtempSync(join(tmpdir(), 'active-lb-pipe-'));
  cleanup(t, () => rmSync(directory, { recursive: true }));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const reader = new Socket({ fd: readEnd, readable: true, writable: false }).pause();
  cleanup(t, () => {
    reader.destroy();
    closeSync(writeEnd);
  });
  return { writeEnd, reader };
}
