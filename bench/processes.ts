import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** One line of JSON that a process wrote. */
export type Said = Readonly<Record<string, unknown>>;

export interface StartOptions {
  /** The core that it may run on; null: any. */
  readonly core: number | null;
  /** Added to an environment that holds no setting of the daemon. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Kernel ticks in a second, as /proc counts them. */
const TICKS_PER_SECOND = 100;
const HAS_TASKSET = spawnSync('taskset', ['--version']).status === 0;

/** Whether processes and threads can be kept on one core here. */
export function canPin(): boolean {
  return HAS_TASKSET;
}

/** Keeps one thread on one core; does nothing where that is not possible. */
export function pinThread(threadId: number, core: number): void {
  if (canPin()) spawnSync('taskset', ['-p', '-c', String(core), String(threadId)]);
}

/** A process that the benchmark started. It says JSON lines on its standard output and on file descriptor 3. */
export class BenchProcess {
  readonly said: Said[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<{ hear: (line: Said) => void; fail: (error: Error) => void }>();
  readonly #exited: Promise<void>;

  constructor(command: string, args: readonly string[], { core, env = {} }: StartOptions) {
    const pinned = core !== null && canPin() ? ['taskset', '-c', String(core)] : [];
    const [program = command, ...rest] = [...pinned, command, ...args];
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LB_'));
    this.#child = spawn(program, rest, {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stdio[3]]) {
      createInterface({ input: stream as Readable }).on('line', (line) => this.#hear(line));
    }
    this.#exited = new Promise((resolve) => {
      const end = (why: string) => {
        for (const { fail } of this.#waiting) fail(new Error(`${command} ${args.join(' ')}: ${why}`));
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) => end(`ended with ${code ?? signal}`));
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

  /** CPU time of all its threads so far, and of the processes that it forked, in milliseconds. */
  cpuMs(): number {
    return [this.pid, ...childrenOf(this.pid)].reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#exited;
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
  const program = new BenchProcess(process.execPath, [path, ...args], { core });
  return { process: program, ready: await program.next((line) => line['kind'] === 'ready') };
}

/** proc(5): utime and stime are the fields 14 and 15 of stat; the second field is a name that may hold spaces. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}
