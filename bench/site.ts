import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend, type BackendUnderTest } from './backend.ts';
import { LOAD_CORE, PROXY_CORE } from './cores.ts';
import { startDaemon, type DaemonOptions } from './daemon.ts';
import type { Contender, Site } from './peers/peer.ts';
import { startProgram, type BenchProcess } from './processes.ts';
import { HOSTS } from './workloads.ts';

/** How large a table is. */
export interface TableSize {
  readonly services: number;
  readonly hostsPerService: number;
}

/** As many hosts as the peers' configurations have. */
export const USUAL_TABLE: TableSize = { services: HOSTS.length, hostsPerService: 1 };

/** A backend, metadata that lead there, a scratch directory, and all that was started to measure with them. */
export class BenchSite implements Site {
  readonly hosts = HOSTS;
  readonly scratch = mkdtempSync(join(tmpdir(), 'active-lb-bench-'));
  readonly #started: BenchProcess[] = [];
  readonly #metadataUrls = new Map<TableSize, string>();
  #backend: BackendUnderTest | null = null;

  constructor() {
    process.once('exit', () => rmSync(this.scratch, { recursive: true, force: true }));
  }

  /** Calls `act` with a site, and ends all that was started on it afterwards. */
  static async use<T>(act: (site: BenchSite) => Promise<T>): Promise<T> {
    const site = new BenchSite();
    try {
      site.#backend = await startBackend(site.scratch);
      site.#started.push(site.#backend.process);
      return await act(site);
    } finally {
      for (const each of site.#started.toReversed()) await each.stop();
    }
  }

  get backend(): BackendUnderTest {
    if (this.#backend === null) throw new Error('the site has no backend yet');
    return this.#backend;
  }

  get backendPort(): number {
    return this.backend.port;
  }

  /** Starts a daemon of ours on the core for proxies. */
  async startOurs(name: string, options: DaemonOptions, size: TableSize = USUAL_TABLE): Promise<Contender> {
    const daemon = await startDaemon(await this.#metadataUrl(size), PROXY_CORE, options);
    return this.keep({ name, ...daemon });
  }

  /** Has a contender end with the site, where it does not end before. */
  keep(contender: Contender): Contender {
    this.#started.push(contender.process);
    return contender;
  }

  async #metadataUrl(size: TableSize): Promise<string> {
    const known = this.#metadataUrls.get(size);
    if (known !== undefined) return known;
    const args = [size.services, this.backendPort, size.hostsPerService].map(String);
    const { process, ready } = await startProgram('metadata', args, LOAD_CORE);
    this.#started.push(process);
    const url = String(ready['url']);
    this.#metadataUrls.set(size, url);
    return url;
  }
}
