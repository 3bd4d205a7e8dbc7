import type { Environment } from '../../src/demo/environment.ts';
import { startMetadataServer } from '../../src/demo/metadata.ts';
import type { MetadataServer, MetadataServerOptions } from '../../src/demo/metadata.ts';
import { SOURCE_LIMITS } from '../../src/metadata/limits.ts';
import { startSource } from '../../src/metadata/source.ts';
import { listen } from './metadata.ts';

/** An interval that no test lives to see: what is read comes from the watch or a retry. */
export const NEVER_MS = 600_000;

/** Those of production, but quick where a test has to wait. */
export const LIMITS = {
  ...SOURCE_LIMITS,
  requestDeadlineMs: 20_000,
  minReadGapMs: 40,
  backoffMs: 160,
  watchWaitMs: 60_000,
  watchLatenessMs: 20_000,
};

interface Setting {
  readonly server: MetadataServer;
  readonly listener: ReturnType<typeof listen>;
  readonly stop: () => Promise<void>;
}

interface Options {
  readonly intervalMs?: number;
  readonly watch?: boolean;
  readonly limits?: Partial<typeof LIMITS>;
  readonly server?: MetadataServerOptions;
  readonly before?: (server: MetadataServer) => void;
}

/** `shop/web` with so many containers. */
export const web = (count: number): Environment => ({
  stacks: [
    {
      name: 'shop',
      services: [
        {
          name: 'web',
          containers: Array.from({ length: count }, (_, index) => ({ address: `127.0.0.${index + 2}` })),
        },
      ],
    },
  ],
});

/** Runs a test with a source that follows a stand-in. */
export async function withSource(options: Options, body: (setting: Setting) => Promise<void>): Promise<void> {
  const server = await startMetadataServer({ environment: web(1), ...options.server });
  options.before?.(server);
  const listener = listen();
  const source = startSource(
    {
      url: `${server.url}/2016-07-29`,
      refreshIntervalMs: options.intervalMs ?? NEVER_MS,
      watch: options.watch ?? true,
      preferLocal: false,
    },
    listener.on,
    { ...LIMITS, ...options.limits },
  );
  try {
    await body({ server, listener, stop: () => source.stop() });
  } finally {
    await source.stop();
    await server.close();
  }
}

/** When a read began: its end is late on a busy machine, its start is what the interval is about. */
export const startOf = ({ at, durationMs }: { readonly at: number; readonly durationMs: number }) =>
  at - durationMs;

/** The long polls so far. */
export const polls = (server: MetadataServer) => server.requests.filter((path) => path.includes('wait=true'));
/** The full reads so far. */
export const reads = (server: MetadataServer) => server.requests.filter((path) => path.endsWith('/services'));
