import type { Environment } from './environment.ts';
import { startMetadataServer } from './metadata.ts';
import { containerName, environmentOf, HOST, type Scene } from './scene.ts';
import { startWebTests } from './webTest.ts';

/** The most containers that the scenario scales to. */
const MAX_CONTAINERS = 5;

/** How the demo gets its daemon: it knows it only as everybody does, by its ports. */
export interface DemoOptions {
  /** Starts the daemon on loopback, reading metadata from this URL; resolves when it routes. */
  startDaemon(
    metadataUrl: string,
  ): Promise<{ readonly httpPort: number; readonly adminPort: number; stop(): Promise<void> }>;
  /** Prints a line for the person watching. */
  readonly say: (line: string) => void;
  /** Aborted when that person has seen enough. */
  readonly signal: AbortSignal;
  /** Milliseconds between the steps of the scenario; null: no scenario. */
  readonly stepMs: number | null;
}

/**
 * The whole system on one machine: a stand-in rancher-metadata, web-test containers and the daemon, on loopback. Runs until
 * `signal` is aborted.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { say, signal } = options;
  const containers = await startWebTests(MAX_CONTAINERS, containerName);
  const environment = (scene: Scene): Environment =>
    environmentOf(scene, containers.port, containers.addressOf);
  const metadata = await startMetadataServer({ environment: environment({ scale: 3, ill: null }) });
  try {
    const daemon = await options.startDaemon(`${metadata.url}/2016-07-29`);
    try {
      const curl = `curl -H Host:${HOST} http://127.0.0.1:${daemon.httpPort}/`;
      say('');
      say(
        'active-lb demo: rancher-metadata, three web-test containers and the load balancer, all on this machine.',
      );
      say('');
      say(`  try     ${curl}`);
      say(
        '          Real_Server changes from call to call; below it are the headers that the container received.',
      );
      say(`  browse  http://127.0.0.1:${daemon.adminPort}/`);
      if (options.stepMs === null)
        say('  more    npm run demo -- --scenario   scales the service and lets a container fall ill');
      say('  end     Ctrl-C');
      say('');
      if (options.stepMs !== null) {
        await playScenario(options, options.stepMs, curl, (scene) => metadata.set(environment(scene)));
      }
      await aborted(signal);
    } finally {
      await daemon.stop();
    }
  } finally {
    await metadata.close();
    await containers.close();
  }
}

async function playScenario(
  { say, signal }: DemoOptions,
  stepMs: number,
  curl: string,
  set: (scene: Scene) => void,
): Promise<void> {
  const steps: readonly (readonly [Scene, string])[] = [
    [{ scale: 5, ill: null }, 'scaled up to 5: two more names appear as Real_Server'],
    [{ scale: 2, ill: null }, 'scaled down to 2: only web-test-1 and web-test-2 answer'],
    [{ scale: 3, ill: null }, 'scaled to 3 again'],
    [{ scale: 3, ill: 1 }, 'web-test-2 fell ill: it gets no more requests, and the dashboard says why'],
    [{ scale: 3, ill: null }, 'web-test-2 is healthy again: all three answer'],
  ];
  say(
    `scenario: repeat the curl line, or keep the dashboard open, and watch; a step every ${stepMs / 1000} s`,
  );
  say(`  e.g.  while sleep 0.3; do ${curl.replace('curl', 'curl -s')} | head -1; done`);
  say('');
  for (const [index, [scene, text]] of steps.entries()) {
    await aborted(signal, stepMs);
    if (signal.aborted) return;
    set(scene);
    say(`step ${index + 1} of ${steps.length}: ${text}`);
  }
  say('the scenario is over; everything goes on until Ctrl-C');
}

/** Resolves when the signal is aborted, or after `ms`. */
function aborted(signal: AbortSignal, ms?: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
