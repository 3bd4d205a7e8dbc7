import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOAD_CORE } from './cores.ts';
import { freePort, versionOf, waitForPort, writeConfiguration } from './peers/peer.ts';
import { BenchProcess, startProgram } from './processes.ts';

/** What the proxies forward to: servers on 127.0.0.1, 127.0.0.2 and 127.0.0.3, in one process. */
export interface BackendUnderTest {
  /** What it is, for people. */
  readonly about: string;
  readonly port: number;
  readonly process: BenchProcess;
}

/** Bytes of the static answers, by path. */
const FILES: Readonly<Record<string, number>> = { '1k': 1024, '64k': 65_536, '1m': 1_048_576 };

/** Starts the backend on the load's core: nginx, which costs least there; else a program of ours. */
export async function startBackend(scratch: string): Promise<BackendUnderTest> {
  const version = versionOf('nginx', ['-v'], /nginx\/(\S+)/);
  if (version === null) {
    const { process, ready } = await startProgram('backend', [], LOAD_CORE);
    return { about: '`node:http`', port: Number(ready['port']), process };
  }
  const directory = join(scratch, 'backend');
  mkdirSync(directory);
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(directory, name), 'x'.repeat(bytes));
  const port = await freePort();
  const path = writeConfiguration({ scratch: directory }, 'backend.conf', {
    backend: port,
    scratch: directory,
  });
  const process = new BenchProcess('nginx', ['-p', directory, '-e', 'stderr', '-c', path], {
    core: LOAD_CORE,
    isQuiet: true,
  });
  await waitForPort(process, port);
  return { about: `nginx ${version}`, port, process };
}
