import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Overview } from '../../src/admin/overview.ts';
import { startStandIn } from '../support/standIn.ts';
import { cleanup, type Lifetime } from '../support/cleanup.ts';
import { daemonEnv, startProgram, type Exit, type Program } from '../support/program.ts';
import { openFiles, type OpenFiles } from './openFiles.ts';
import { environmentOf, type StageService } from './services.ts';

/** For a state that the daemon is to reach. */
const PATIENCE_MS = 20_000;

type LogLine = Readonly<Record<string, unknown>>;

/** The daemon as its operators see it: a process with two ports and a log. */
export class DaemonProcess {
  readonly program: Program;
  readonly port: number;
  readonly adminPort: number;

  constructor(program: Program, port: number, adminPort: number) {
    this.program = program;
    this.port = port;
    this.adminPort = adminPort;
  }

  /** Starts it and waits until it routes. */
  static async start(
    t: Lifetime,
    metadataUrl: string,
    settings: Readonly<Record<string, string>> = {},
    nodeFlags: readonly string[] = [],
  ): Promise<DaemonProcess> {
    const program = startProgram(t, [], {
      env: daemonEnv(metadataUrl, { LB_LOG_LEVEL: 'debug', ...settings }),
      nodeFlags,
    });
    const adminPort = await program.portOf('admin-listening');
    await program.said(/"event":"installed"/);
    return new DaemonProcess(program, await program.portOf('listening'), adminPort);
  }

  get pid(): number {
    return this.program.child.pid ?? 0;
  }

  get log(): readonly LogLine[] {
    const lines = this.program.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Lines that no run may have, and whatever was written to standard error. */
  get complaints(): readonly string[] {
    const fatal = this.log
      .filter(
        ({ level, msg }) => level === 'fatal' || /uncaughtException|unhandledRejection/.test(String(msg)),
      )
      .map((line) => JSON.stringify(line));
    return this.program.stderr === '' ? fatal : [...fatal, this.program.stderr];
  }

  get open(): OpenFiles {
    return openFiles(this.pid);
  }

  /** JSON of a path of the admin server, whatever the status. */
  async api(path: string): Promise<unknown> {
    // A connection of its own, so that none of ours is counted among those that are open.
    const [response] = (await once(
      get({ host: '127.0.0.1', port: this.adminPort, path, agent: false, timeout: 5_000 }),
      'response',
    )) as [IncomingMessage];
    return json(response);
  }

  async overview(): Promise<Overview> {
    return (await this.api('/api/overview')) as Overview;
  }

  /** Waits until the overview is as it should be. */
  async untilOverview(what: string, isSo: (overview: Overview) => boolean): Promise<void> {
    await eventually(what, async () => isSo(await this.overview()));
  }

  /** Sends SIGTERM and waits for the end. */
  async terminate(): Promise<Exit & { readonly tookMs: number }> {
    const startedAt = performance.now();
    this.program.child.kill('SIGTERM');
    const exit = await this.program.ended();
    return { ...exit, tookMs: performance.now() - startedAt };
  }
}

/** Looks again and again until it is so; throws after a while. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${patienceMs / 1000} s: ${what}`);
    await pause(20);
  }
}

/** A daemon, and the stand-in metadata that it reads. */
export interface Stage {
  readonly daemon: DaemonProcess;
  /** Tells the daemon of other services, and waits until they are installed. */
  readonly install: (services: readonly StageService[]) => Promise<void>;
  /** As `install`, but does not wait. */
  readonly announce: (services: readonly StageService[]) => string;
  readonly metadata: Awaited<ReturnType<typeof startStandIn>>;
}

/** Starts stand-in metadata and a daemon that routes by it. */
export async function startStage(
  t: Lifetime,
  services: readonly StageService[],
  settings: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<Stage> {
  const metadata = await startStandIn(t, environmentOf(services));
  const daemon = await DaemonProcess.start(t, metadata.base, settings, nodeFlags);
  // Last begun, first undone: it must not read from metadata that is gone, and say so.
  cleanup(t, () => daemon.program.child.kill('SIGKILL'));
  const announce = (next: readonly StageService[]): string => metadata.set(environmentOf(next));
  return {
    daemon,
    metadata,
    announce,
    async install(next) {
      const version = announce(next);
      await daemon.untilOverview('the new table', ({ table }) => table?.metadataVersion === version);
    },
  };
}
