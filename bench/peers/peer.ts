import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PROXY_CORE } from '../cores.ts';
import { BenchProcess } from '../processes.ts';

/** A proxy under test, running. */
export interface Contender {
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly process: BenchProcess;
}

/** What a proxy is to forward, and where it may write. */
export interface Site {
  /** Servers listen on it at 127.0.0.1, 127.0.0.2 and 127.0.0.3. */
  readonly backendPort: number;
  readonly hosts: readonly string[];
  /** A directory that goes when the benchmark ends. */
  readonly scratch: string;
}

/** Another proxy than ours. */
export interface Peer {
  readonly name: string;
  /** What to install to have it. */
  readonly source: string;
  /** Its version; null: it is not there. */
  readonly version: string | null;
  /** The file in this directory that it is run by. */
  readonly configuration: string;
  /** Whether it is far slower than the others, and measured less for that. */
  readonly isSlow: boolean;
  readonly start: (site: Site) => Promise<Contender>;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** What `command` says of its version where it is on the PATH; null: it is not. `pattern` has one group. */
export function versionOf(command: string, args: readonly string[], pattern: RegExp): string | null {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return null;
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'of unknown version';
}

/** Writes a file of this directory to the scratch directory, with each `{{name}}` replaced. Returns its path. */
export function writeConfiguration(
  { scratch }: Pick<Site, 'scratch'>,
  file: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const path = join(scratch, file);
  const filled = readConfiguration(file).replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} wants {{${name}}}`);
    return String(value);
  });
  writeFileSync(path, filled);
  return path;
}

/** A file of this directory as it is. */
export function readConfiguration(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

/** Starts a proxy on the core for proxies. Resolves when it accepts connections on that port, rejects where it ends instead. */
export async function startContender(
  name: string,
  port: number,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Contender> {
  const process = new BenchProcess(command, args, { core: PROXY_CORE, env, isQuiet: true });
  try {
    await waitForPort(process, port);
  } catch (error) {
    await process.stop();
    throw error;
  }
  return { name, port, process };
}

/** Resolves when something accepts connections on that port of 127.0.0.1; rejects where the process ends before. */
export async function waitForPort(process: BenchProcess, port: number): Promise<void> {
  let failure: Error | null = null;
  void process.ended.then((error) => (failure = error));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (failure !== null) throw failure;
    if (performance.now() > deadline) throw new Error(`nothing listens on port ${port} after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A port that is free on all loopback addresses that servers use here, at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
