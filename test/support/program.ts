import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { cleanup, type Lifetime } from './cleanup.ts';
import { Watch } from './watch.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** Spares every process the compiling that one before it did. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/active-lb-test', import.meta.url));
/** For a process to start, or to end; generous, because a passing test never waits it out. */
const PATIENCE_MS = 30_000;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** By default the Node that runs the tests, and the program's source. */
  readonly node?: string;
  readonly script?: string;
  /** Its standard output, where that is not to be read by the `Program`. */
  readonly stdout?: number;
}

/** `active-lb` as a process of its own. */
export class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #watch = new Watch();
  #exit: Exit | null = null;
  #mayReadAfterExit = false;

  constructor(child: ChildProcess) {
    this.child = child;
    if (child.stdout !== null) this.#read(child.stdout);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#grow(() => (this.stderr += text)));
    child.on('close', (code, signal) => this.#grow(() => (this.#exit = { code, signal })));
  }

  /** Takes what this reader gets for its standard output. Some of it may come after its end. */
  readFrom(reader: Readable): void {
    this.#mayReadAfterExit = true;
    this.#read(reader);
    reader.resume();
  }

  #read(reader: Readable): void {
    reader.setEncoding('utf8').on('data', (text: string) => this.#grow(() => (this.stdout += text)));
  }

  /** Waits for what standard output matches. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#saidOn(() => this.stdout, pattern);
  }

  /** Waits for what standard error matches. */
  saidOnStderr(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#saidOn(() => this.stderr, pattern);
  }

  #saidOn(stream: () => string, pattern: RegExp): Promise<RegExpExecArray> {
    return this.#watch.until(
      String(pattern),
      () => {
        const match = pattern.exec(stream());
        if (match === null && this.#exit !== null && !this.#mayReadAfterExit)
          throw new Error(`it ended without ${String(pattern)}: ${this.#seen()}`);
        return match ?? undefined;
      },
      () => this.#seen(),
      PATIENCE_MS,
    );
  }

  /** Waits for its end. */
  ended(): Promise<Exit> {
    return this.#watch.until(
      'end of the process',
      () => this.#exit ?? undefined,
      () => this.#seen(),
      PATIENCE_MS,
    );
  }

  get hasEnded(): boolean {
    return this.#exit !== null;
  }

  /** The port that the log names in the line of this event. */
  async portOf(event: 'admin-listening' | 'listening'): Promise<number> {
    const [, port] = await this.said(new RegExp(`"event":"${event}","port":(\\d+)`));
    return Number(port);
  }

  #grow(change: () => void): void {
    change();
    this.#watch.changed();
  }

  #seen(): string {
    return JSON.stringify({ exit: this.#exit, stdout: this.stdout.slice(-2000), stderr: this.stderr });
  }
}

/** Starts `active-lb` with these arguments; it is killed when the test ends. Its environment has no settings but `env`. */
export function startProgram(t: Lifetime, args: readonly string[], options: ProgramOptions = {}): Program {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(LB_|NODE_)/.test(name));
  const child = spawn(
    options.node ?? process.execPath,
    [...(options.nodeFlags ?? []), options.script ?? CLI, ...args],
    {
      env: { ...Object.fromEntries(inherited), NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env },
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    },
  );
  const program = new Program(child);
  cleanup(t, async () => {
    child.kill('SIGKILL');
    await program.ended();
  });
  return program;
}

/** Runs it to its end. */
export async function runProgram(
  t: Lifetime,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const program = startProgram(t, args, options);
  const exit = await program.ended();
  return { ...exit, stdout: program.stdout, stderr: program.stderr };
}

/** Settings of a daemon for a test: loopback, free ports. */
export function daemonEnv(
  metadataUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    LB_METADATA_URL: metadataUrl,
    LB_HTTP_PORT: '0',
    LB_HTTP_BIND: '127.0.0.1',
    LB_ADMIN_PORT: '0',
    LB_ADMIN_BIND: '127.0.0.1',
    // So few that no machine's limit of open files is worth a warning.
    LB_MAX_CONNECTIONS: '100',
    // Several threads have tests of their own.
    LB_WORKERS: '1',
    ...settings,
  };
}
