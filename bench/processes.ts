import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pinned } from './cores.ts';

/** One line of JSON that a process wrote. */
export type Said = Readonly<Record<string, unknown>>;

export interface StartOptions {
  /** The core that it may run on; null: any. */
  readonly core: number | null;
  /** Added to an environment that holds no setting of the daemon. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its standard error is only shown where it ends by itself: some programs say there what is no error. */
  readonly isQuiet?: boolean;
}

/** What still runs. Programs of others do not notice that the benchmark is gone. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** How much is kept of what a quiet process says, in characters. */
const KEPT_ERRORS = 4000;

/** A process that the benchmark started. It says JSON lines on its standard output and on file descriptor 3. */
export class BenchProcess {
  readonly said: Said[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<{ hear: (line: Said) => void; fail: (error: Error) => void }>();
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<Error>;
  #errors = '';

  constructor(command: string, args: readonly string[], { core, env = {}, isQuiet = false }: StartOptions) {
    const [program = command, ...rest] = pinned([command, ...args], core);
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LB_'));
    this.#child = spawn(program, rest, {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['pipe', 'pipe', isQuiet ? 'pipe' : 'inherit', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stdio[3]]) {
      createInterface({ input: stream as Readable }).on('line', (line) => this.#hear(line));
    }
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_ERRORS);
    });
    this.ended = new Promise((resolve) => {
      running.add(this.#child);
      const end = (why: string) => {
        running.delete(this.#child);
        const error = new Error(`${command} ${args.join(' ')}: ${why}\n${this.#errors}`.trimEnd());
        for (const { fail } of this.#waiting) fail(error);
        resolve(error);
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('close', (code, signal) => end(`ended with ${code ?? signal}`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next line from now on that `isIt`. Rejects where the process ends first. */
  next(isIt: (line: Said) => boolean): Promise<Said> {
    return new Promise((resolve, reject) => {
      const waiter = {
        hear: (line: Said) => {
          if (!isIt(line)) return;
          this.#waiting.delete(waiter);
          resolve(line);
        },
        fail: reject,
      };
      this.#waiting.add(waiter);
    });
  }

  /** Sends a line to its standard input. */
  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(timer);
  }

  #hear(text: string): void {
    let line: Said;
    try {
      line = JSON.parse(text);
    } catch {
      return;
    }
    this.said.push(line);
    for (const { hear } of this.#waiting) hear(line);
  }
}

/** Starts one of the TypeScript programs of this directory, and resolves when it says that it is ready. */
export async function startProgram(
  name: string,
  args: readonly string[],
  core: number | null,
): Promise<{ readonly process: BenchProcess; readonly ready: Said }> {
  const path = new URL(`./programs/${name}.ts`, import.meta.url).pathname;
  const program = new BenchProcess(process.execPath, ['--no-deprecation', path, ...args], { core });
  return { process: program, ready: await program.next((line) => line['kind'] === 'ready') };
}
