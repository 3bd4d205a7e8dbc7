import { endOnBug } from './bugs.ts';
import { PROGRAM } from './control/program.ts';
import { helpText, nearestVariable, readCommandLine, type CommandLine } from './commandLine.ts';
import { ConfigError, readConfig, unknownVariables, type Config } from './config.ts';
import { runDemo } from './demo/demo.ts';
import { explain } from './explainCommand.ts';
import { ListenError } from './listen.ts';
import { startDaemon, type Daemon } from './main.ts';
import { MetadataError } from './metadata/error.ts';
import { LineWriter } from './telemetry/lineWriter.ts';
import { announceGaps, createLog } from './telemetry/log.ts';
import { plainLines } from './telemetry/plainLines.ts';
import { standardOutput } from './telemetry/standardOutput.ts';

/** Milliseconds between the steps of `demo --scenario`. */
const SCENARIO_STEP_MS = 8_000;
/** How much longer than the grace period a drain may take after a bug: threads end meanwhile, and what was read is stored. */
const DRAIN_SLACK_MS = 3_000;
/** How long the end waits for lines that standard output has no room for. */
const FLUSH = { idleMs: 1_000, limitMs: 3_000 } as const;

/**
 * Does what the arguments ask for, and sets the exit status. `signalled` resolves when the process is asked to end; the
 * daemon and the demo end gracefully then, everything else at once.
 */
export async function main(args: readonly string[], signalled: Promise<number>): Promise<void> {
  const line = readCommandLine(args);
  try {
    await obey(line, signalled);
  } catch (error) {
    const known = describeFailure(error, line.command);
    if (known === null) throw error;
    process.stderr.write(known.lines.map((text) => `active-lb: ${text}\n`).join(''));
    process.exitCode = known.exitCode;
  }
}

/** Prints what was asked for. A reader that has seen enough, such as `head`, is no failure; a full disk is one. */
function print(text: string): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    process.stderr.write(`active-lb: standard output cannot be written: ${message}\n`);
    process.exitCode = 1;
  });
  process.stdout.write(text);
}

/** What a failure that is nobody's bug says, and its exit status; null for a bug. */
function describeFailure(
  error: unknown,
  command: CommandLine['command'],
): { readonly lines: readonly string[]; readonly exitCode: number } | null {
  if (error instanceof ConfigError) return { lines: error.mistakes, exitCode: 2 };
  if (error instanceof MetadataError) return { lines: [error.message], exitCode: 2 };
  if (!(error instanceof ListenError)) return null;
  const hint = command === 'demo' ? '\nfor example: npm run demo -- --http-port 8081 --admin-port 8001' : '';
  return { lines: [`${error.message}${hint}`], exitCode: 1 };
}

async function obey(line: CommandLine, signalled: Promise<number>): Promise<void> {
  if (line.help) {
    print(helpText());
    return;
  }
  if (line.version) {
    print(`${PROGRAM.name} ${PROGRAM.version}\n`);
    return;
  }
  switch (line.command) {
    case 'run':
      await run(readConfig(process.env, line.settings, line.mistakes), signalled);
      break;
    case 'demo':
      await demo(line, signalled);
      break;
    case 'explain':
      void signalled.then((number) => process.exit(128 + number));
      await tell(line);
      break;
  }
}

async function run(config: Config, signalled: Promise<number>): Promise<void> {
  const lines = new LineWriter(standardOutput());
  const log = createLog(config.logLevel, lines);
  announceGaps(log, lines);
  for (const name of unknownVariables(process.env)) {
    const near = nearestVariable(name);
    const hint = near === null ? '' : `the nearest is ${near}; `;
    log.warn(
      { event: 'unknown-setting', name },
      `${name} is no setting of active-lb; ${hint}active-lb --help lists all`,
    );
  }
  const exit = (): void => void lines.flush(FLUSH).then(() => process.exit());
  let daemon: Daemon | null = null;
  const drainMs = config.stop.graceMs + DRAIN_SLACK_MS;
  // Nobody waits for LB_STOP_DELAY here: what is broken should not accept any more.
  endOnBug(log, drainMs, async () => daemon?.stop({ delayMs: 0 }), exit);
  log.info(
    { event: 'starting', version: PROGRAM.version, node: process.version, metadataUrl: config.metadata.url },
    `active-lb ${PROGRAM.version} starts, metadata from ${config.metadata.url}`,
  );
  try {
    daemon = await startDaemon(config, log, lines);
    const signal = await Promise.race([signalled, daemon.failed.catch(() => null)]);
    await daemon.stop();
    process.exitCode ??= signal === null ? 1 : 0;
  } finally {
    await lines.flush(FLUSH);
  }
  process.exit();
}

async function demo(line: CommandLine, signalled: Promise<number>): Promise<void> {
  const settings = new Map(line.settings);
  const end = new AbortController();
  void signalled.then(() => end.abort());
  const lines = new LineWriter(standardOutput());
  try {
    await runDemo({
      signal: end.signal,
      stepMs: line.scenario ? SCENARIO_STEP_MS : null,
      say: (text) => lines.write(`${text}\n`),
      async startDaemon(metadataUrl) {
        settings.set('LB_METADATA_URL', metadataUrl);
        // Whatever the shell has set, a demo is for this machine alone.
        const loopback = { LB_HTTP_BIND: '127.0.0.1', LB_ADMIN_BIND: '127.0.0.1' };
        // Each thread takes turns of its own: with several, who asks twice may meet with the same server twice.
        const environment = { LB_WORKERS: '1', ...process.env, ...loopback };
        const config = readConfig(environment, settings, line.mistakes);
        const log = createLog(
          config.logLevel,
          plainLines((text) => lines.write(text)),
        );
        announceGaps(log, lines);
        const daemon: Daemon = await startDaemon(config, log, lines);
        const { port } = await Promise.race([daemon.ready, daemon.failed]);
        return { httpPort: port, adminPort: daemon.admin.port, stop: () => daemon.stop() };
      },
    });
  } finally {
    await lines.flush(FLUSH);
  }
}

async function tell(line: CommandLine): Promise<void> {
  const told = await explain(line, readConfig(process.env, line.settings, line.mistakes));
  print(line.json ? `${JSON.stringify(told.json, null, 2)}\n` : told.text());
  if (!told.isWell) process.exitCode = 1;
}
