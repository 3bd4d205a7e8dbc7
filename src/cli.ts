#!/usr/bin/env node
import { PROGRAM } from './control/program.ts';
import { helpText, readCommandLine, type CommandLine } from './commandLine.ts';
import { ConfigError, readConfig, unknownVariables, type Config } from './config.ts';
import { derive } from './control/derive.ts';
import { explainText, hasRefusal } from './control/explainText.ts';
import { viewDerivation } from './control/views.ts';
import { runDemo } from './demo/demo.ts';
import { ListenError } from './listen.ts';
import { startDaemon, type Daemon } from './main.ts';
import { MetadataError } from './metadata/error.ts';
import { readOnce } from './metadata/source.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { plainLines } from './telemetry/plainLines.ts';

/** Milliseconds between the steps of `demo --scenario`. */
const SCENARIO_STEP_MS = 8_000;
/** npm passes on the Ctrl-C that the terminal has already given to us: two of them this close are one press of the keys. */
const SAME_KEY_MS = 200;
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

await main().catch((error: unknown) => {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.mistakes.map((mistake) => `active-lb: ${mistake}`).join('\n')}\n`);
    process.exitCode = 2;
    return;
  }
  if (error instanceof ListenError || error instanceof MetadataError) {
    const hint =
      process.argv[2] === 'demo' ? '\nfor example: npm run demo -- --http-port 8081 --admin-port 8001' : '';
    process.stderr.write(`active-lb: ${error.message}${error instanceof ListenError ? hint : ''}\n`);
    process.exitCode = error instanceof MetadataError ? 2 : 1;
    return;
  }
  throw error;
});

async function main(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2));
  if (line.help) {
    process.stdout.write(helpText());
    return;
  }
  if (line.version) {
    process.stdout.write(`${PROGRAM.name} ${PROGRAM.version}\n`);
    return;
  }
  switch (line.command) {
    case 'run':
      await run(readConfig(process.env, line.settings));
      break;
    case 'demo':
      await demo(line);
      break;
    case 'explain':
      await explain(line);
      break;
  }
}

async function run(config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  for (const name of unknownVariables(process.env)) {
    log.warn(
      { event: 'unknown-setting', name },
      `${name} is no setting of active-lb; active-lb --help lists all`,
    );
  }
  exitOnBug(log);
  log.info(
    { event: 'starting', version: PROGRAM.version, node: process.version, metadataUrl: config.metadata.url },
    `active-lb ${PROGRAM.version} starts, metadata from ${config.metadata.url}`,
  );
  const signalled = nextSignal();
  const daemon = await startDaemon(config, log);
  const signal = await Promise.race([signalled, daemon.failed.catch(() => null)]);
  await daemon.stop();
  process.exit(signal === null ? 1 : 0);
}

/** A bug must not leave a half-dead process behind: it is logged, and the supervisor starts a new one. */
function exitOnBug(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ event: 'bug', err: error }, `${event}: this is a bug in active-lb; the process ends`);
      process.exit(70);
    });
  }
}

/** The first SIGTERM or SIGINT. A second one ends the process at once. */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    let first: { readonly signal: string; readonly at: number } | null = null;
    for (const [signal, number] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        const at = performance.now();
        if (first === null) {
          first = { signal, at };
          resolve(signal);
          return;
        }
        const isSameKey = signal === 'SIGINT' && first.signal === signal && at - first.at < SAME_KEY_MS;
        if (!isSameKey) process.exit(128 + number);
      });
    }
  });
}

async function demo(line: CommandLine): Promise<void> {
  const settings = new Map(line.settings);
  const end = new AbortController();
  void nextSignal().then(() => end.abort());
  await runDemo({
    signal: end.signal,
    stepMs: line.scenario ? SCENARIO_STEP_MS : null,
    say: (text) => process.stdout.write(`${text}\n`),
    async startDaemon(metadataUrl) {
      settings.set('LB_METADATA_URL', metadataUrl);
      // Whatever the shell has set, a demo is for this machine alone.
      const environment = { ...process.env, LB_HTTP_BIND: '127.0.0.1', LB_ADMIN_BIND: '127.0.0.1' };
      const config = readConfig(environment, settings);
      const log = createLog(
        config.logLevel,
        plainLines((text) => process.stdout.write(text)),
      );
      const daemon: Daemon = await startDaemon(config, log);
      const { port } = await Promise.race([daemon.ready, daemon.failed]);
      return { httpPort: port, adminPort: daemon.admin.port, stop: () => daemon.stop() };
    },
  });
}

async function explain(line: CommandLine): Promise<void> {
  const config = readConfig(process.env, line.settings);
  const snapshot = await readOnce(line.operands[0] ?? config.metadata.url);
  const derivation = derive(snapshot, config.derive);
  process.stdout.write(
    line.json ? `${JSON.stringify(viewDerivation(derivation), null, 2)}\n` : explainText(derivation),
  );
  if (hasRefusal(derivation)) process.exitCode = 1;
}
