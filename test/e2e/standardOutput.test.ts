import assert from 'node:assert/strict';
import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup } from '../support/cleanup.ts';
import { namedPipe } from '../support/namedPipe.ts';
import { Program } from '../support/program.ts';

const PROGRAM = fileURLToPath(new URL('../support/programs/writeLines.ts', import.meta.url));

/** Generous, because a passing test never waits it out. */
const PATIENCE_MS = 30_000;

/** What the program said at its end. */
interface End {
  readonly written: number;
  readonly dropped: number;
  readonly flushMs: number;
}

/**
 * Starts the program that writes so many lines of the log and of the access log, and waits at its end for a reader that takes nothing.
 * It is killed when the test ends.
 */
function start(
  t: TestContext,
  stdout: number | 'pipe',
  lines: number,
  accessLines: number,
  idleMs = PATIENCE_MS,
): Program {
  const args = [lines, accessLines, idleMs].map(String);
  return started(t, process.execPath, [PROGRAM, ...args], ['ignore', stdout, 'pipe']);
}

function started(t: TestContext, command: string, args: readonly string[], stdio: StdioOptions): Program {
  const child = spawn(command, args, { stdio });
  const program = new Program(child);
  cleanup(t, async () => {
    child.kill('SIGKILL');
    await program.ended();
  });
  return program;
}

async function endOf(program: Program): Promise<End> {
  assert.deepEqual(await program.ended(), { code: 0, signal: null }, program.stderr);
  return JSON.parse(program.stderr) as End;
}

/** Its lines, once the last has come. */
async function linesFrom(reader: Readable, program: Program): Promise<readonly string[]> {
  let text = '';
  const timer = setTimeout(
    () => reader.destroy(new Error(`no end: ${text.slice(-200)}; it said ${program.stderr}`)),
    PATIENCE_MS,
  );
  reader.setEncoding('utf8');
  for await (const piece of reader) {
    text += piece as string;
    if (text.endsWith('stopped\n')) break;
  }
  clearTimeout(timer);
  return text.split('\n').slice(0, -1);
}

/** All lines of `n` and `accessLines`, complete, in their order, and the last. */
function assertComplete(lines: readonly string[], count: number, accessLines: number): void {
  assert.equal(lines.length, count + accessLines + 1);
  const numbers = lines.map((line) => Number(/^line (\d+)$/.exec(line)?.[1] ?? -1)).filter((n) => n >= 0);
  assert.deepEqual(numbers, Array.from(numbers.keys()));
  assert.equal(numbers.length, count);
  const targets = lines.map((line) =>
    Number(/^10\.[^"]* "GET \/(\d+) HTTP\/1\.1" 200 45$/.exec(line)?.[1] ?? -1),
  );
  const asked = targets.filter((n) => n >= 0);
  assert.deepEqual(asked, Array.from(asked.keys()));
  assert.equal(asked.length, accessLines);
  assert.equal(lines.at(-1), 'stopped');
}

/** A path in a directory that is removed when the test ends. */
function temporaryFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'active-lb-lines-'));
  cleanup(t, () => rmSync(directory, { recursive: true }));
  return join(directory, 'lines');
}

suite('the end of the process loses no line, in order and complete,', { concurrency: 2 }, () => {
  test('where standard output is a pipe, also after 100,000 lines of the access log', async (t) => {
    const pipe = namedPipe(t);
    const program = start(t, pipe.writeEnd, 10, 100_000);
    assertComplete(await linesFrom(pipe.reader, program), 10, 100_000);
    const { written, dropped } = await endOf(program);
    assert.deepEqual([written, dropped], [100_000, 0]);
  });

  test('where it is a socket', async (t) => {
    const program = start(t, 'pipe', 10, 100_000);
    const { dropped } = await endOf(program);
    assertComplete(program.stdout.split('\n').slice(0, -1), 10, 100_000);
    assert.equal(dropped, 0);
  });

  test('where it is a file, to which it appends', async (t) => {
    const path = temporaryFile(t);
    for (let run = 0; run < 2; run += 1) {
      const fd = openSync(path, 'a');
      cleanup(t, () => closeSync(fd));
      await endOf(start(t, fd, 10, 1_000));
    }
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    assertComplete(lines.slice(0, lines.length / 2), 10, 1_000);
    assertComplete(lines.slice(lines.length / 2), 10, 1_000);
  });

  test('where it is a terminal', async (t) => {
    const path = temporaryFile(t);
    const command = `"${process.execPath}" "${PROGRAM}" 10 1000 ${PATIENCE_MS} 2>/dev/null`;
    const program = started(t, 'script', ['-qec', command, path], ['ignore', 'ignore', 'pipe']);
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    // Before and after it are lines of `script`, which end otherwise.
    const lines = readFileSync(path, 'utf8')
      .replace(/^Script .*\n/, '')
      .split('\r\n')
      .slice(0, -1);
    assertComplete(lines, 10, 1_000);
  });

  test('where it is /dev/null', async (t) => {
    const fd = openSync('/dev/null', 'w');
    cleanup(t, () => closeSync(fd));
    const { written, dropped } = await endOf(start(t, fd, 10, 1_000));
    assert.deepEqual([written, dropped], [1_000, 0]);
  });
});

suite('the process ends in time', { concurrency: 2 }, () => {
  test('although nobody reads the pipe, with what did not fit dropped and counted', async (t) => {
    const pipe = namedPipe(t);
    const { written, dropped, flushMs } = await endOf(start(t, pipe.writeEnd, 10, 200_000, 1_000));
    assert.ok(written < 10_000, `${written} written`);
    assert.ok(dropped > 50_000, `${dropped} dropped`);
    assert.ok(flushMs > 900 && flushMs < 20_000, `${flushMs} ms`);
  });

  test('although nobody reads the socket', async (t) => {
    const program = start(t, 'pipe', 10, 200_000, 1_000);
    program.child.stdout?.pause();
    await once(program.child, 'exit');
    program.child.stdout?.resume();
    const { dropped } = await endOf(program);
    assert.ok(dropped > 50_000, `${dropped} dropped`);
  });

  test('although the reader of the pipe is gone', async (t) => {
    const pipe = namedPipe(t);
    pipe.reader.destroy();
    const { written } = await endOf(start(t, pipe.writeEnd, 10, 1_000));
    assert.equal(written, 0);
  });

  test('although the disk is full', async (t) => {
    const fd = openSync('/dev/full', 'w');
    cleanup(t, () => closeSync(fd));
    const { written } = await endOf(start(t, fd, 10, 1_000));
    assert.equal(written, 0);
  });
});
