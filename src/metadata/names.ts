import type { Resolution, Service, Snapshot } from '../model/service.ts';
import { Turns } from '../turns.ts';
import { createBackoff } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { quote } from './error.ts';
import { isHostName } from './hostName.ts';
import { systemLookup } from './lookup.ts';
import type { Lookup } from './lookup.ts';
import { pause } from './pause.ts';

/** How often names are resolved. Milliseconds unless said otherwise. */
export interface NameLimits {
  /** Between two resolutions of a name, whatever its TTL. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Where the TTL is not known. */
  readonly unknownTtlMs: number;
  /** The longest wait after failures. */
  readonly retryMs: number;
  /** Names under way at a time. Node's resolver takes two; what else is asked would only keep its threads from other work. */
  readonly parallel: number;
  /** Changes within so long are told together. */
  readonly gatherMs: number;
}

export const NAME_LIMITS: NameLimits = {
  minMs: 5_000,
  maxMs: 300_000,
  unknownTtlMs: 30_000,
  retryMs: 60_000,
  parallel: 4,
  gatherMs: 50,
};

export interface NameResolverOptions {
  readonly lookup?: Lookup;
  readonly limits?: NameLimits;
  /** Called when `resolutions` is another one. */
  readonly changed?: () => void;
}

/** Keeps names resolved: at first when they are heard of, then each time when what is known has expired. */
export class NameResolver {
  readonly #lookup: Lookup;
  readonly #limits: NameLimits;
  readonly #changed: () => void;
  readonly #turns: Turns;
  /** Each name that is followed, with what ends that. */
  readonly #followed = new Map<string, AbortController>();
  readonly #settledListeners = new Set<() => void>();
  readonly #known = new Map<string, Resolution>();
  #resolutions: Readonly<Record<string, Resolution>> = {};
  #gathering: NodeJS.Timeout | null = null;

  constructor({
    lookup = systemLookup(),
    limits = NAME_LIMITS,
    changed = () => {},
  }: NameResolverOptions = {}) {
    this.#lookup = lookup;
    this.#limits = limits;
    this.#changed = changed;
    this.#turns = new Turns(limits.parallel);
  }

  /** What is known of each name that was tried; another object after each change. */
  get resolutions(): Readonly<Record<string, Resolution>> {
    return this.#resolutions;
  }

  /** These names, and no others, are kept resolved from now on; what was known of others is forgotten. */
  follow(names: ReadonlySet<string>): void {
    for (const [name, leaving] of this.#followed) {
      if (names.has(name)) continue;
      leaving.abort();
      this.#followed.delete(name);
      this.#known.delete(name);
    }
    this.#resolutions = Object.fromEntries(this.#known);
    for (const name of names) {
      if (this.#followed.has(name)) continue;
      const leaving = new AbortController();
      this.#followed.set(name, leaving);
      if (isHostName(name)) void this.#keepResolved(name, leaving.signal);
      else this.#note(name, { addresses: [], error: invalidName(name) });
    }
    this.#tellSettled();
  }

  /** What names resolved to in an earlier life: good for those that are followed, as long as they have not been resolved anew. */
  recall(resolutions: Readonly<Record<string, Resolution>>): void {
    for (const [name, { addresses }] of Object.entries(resolutions)) {
      if (addresses.length === 0 || this.#known.has(name) || !this.#followed.has(name)) continue;
      this.#known.set(name, { addresses, error: null });
    }
    this.#resolutions = Object.fromEntries(this.#known);
    this.#tellSettled();
  }

  /** Resolves when every name was tried, or after so long. */
  async settled(patienceMs: number): Promise<void> {
    if (this.#isSettled()) return;
    const settled = new AbortController();
    const listener = () => settled.abort();
    this.#settledListeners.add(listener);
    await pause(patienceMs, settled.signal);
    this.#settledListeners.delete(listener);
  }

  /** Nothing is resolved any more, and nobody is told anything. */
  stop(): void {
    this.follow(new Set());
    if (this.#gathering !== null) clearTimeout(this.#gathering);
  }

  async #keepResolved(name: string, leaving: AbortSignal): Promise<void> {
    const backoff = createBackoff(this.#limits.minMs / 2, this.#limits.retryMs);
    while (!leaving.aborted) {
      const waitMs = await this.#turns.take(() => this.#resolve(name, backoff, leaving));
      await pause(waitMs, leaving);
    }
  }

  /** Returns when to resolve it again, in milliseconds from now. */
  async #resolve(name: string, backoff: Backoff, leaving: AbortSignal): Promise<number> {
    if (leaving.aborted) return 0;
    try {
      const { addresses, ttlMs } = await this.#lookup(name);
      if (!leaving.aborted) this.#note(name, { addresses, error: null });
      backoff.reset();
      const { minMs, maxMs, unknownTtlMs } = this.#limits;
      return Math.min(Math.max(ttlMs ?? unknownTtlMs, minMs), maxMs);
    } catch (error) {
      const addresses = this.#known.get(name)?.addresses ?? [];
      if (!leaving.aborted) this.#note(name, { addresses, error: failedName(name, error) });
      return backoff.next();
    }
  }

  #note(name: string, resolution: Resolution): void {
    if (JSON.stringify(this.#known.get(name)) === JSON.stringify(resolution)) return;
    this.#known.set(name, resolution);
    this.#resolutions = Object.fromEntries(this.#known);
    this.#tellSettled();
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      this.#changed();
    }, this.#limits.gatherMs);
  }

  #isSettled(): boolean {
    return [...this.#followed.keys()].every((name) => this.#known.has(name));
  }

  #tellSettled(): void {
    if (this.#settledListeners.size === 0 || !this.#isSettled()) return;
    for (const listener of this.#settledListeners) listener();
  }
}

/** The names of those external services that ask to be published, or might: others are none of our business. */
export function namesToResolve(services: readonly Service[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { external, labels } of services) {
    const hostname = external?.hostname ?? null;
    if (hostname === null) continue;
    if (Object.keys(labels).some((key) => key.toLowerCase() === 'traefik.enable')) names.add(hostname);
  }
  return names;
}

/** The snapshot with its names resolved once, as far as that is done after `patienceMs`. */
export async function resolveNames(
  snapshot: Snapshot,
  patienceMs: number,
  options: NameResolverOptions = {},
): Promise<Snapshot> {
  const resolver = new NameResolver(options);
  resolver.follow(namesToResolve(snapshot.services));
  await resolver.settled(patienceMs);
  const { resolutions } = resolver;
  resolver.stop();
  return { ...snapshot, resolutions };
}

function invalidName(name: string): string {
  return `${quote(name)} is no host name; labels of letters, digits and hyphens, parted by dots, are expected (others in their xn-- form).`;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'it has no address',
  EAI_AGAIN: 'the name servers do not answer',
};

function failedName(name: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return `${name} cannot be resolved: ${REASONS[code] ?? 'the resolver failed'} (${code}).`;
}
