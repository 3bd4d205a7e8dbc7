import type { Install } from '../control/status.ts';
import { viewRoutes, viewService } from '../control/views.ts';
import type { ServiceReport } from '../model/report.ts';
import { jsonText } from './answers.ts';

export interface Counts {
  readonly routes: number;
  /** Those that are routed. */
  readonly services: number;
  readonly servers: number;
  readonly errors: number;
  readonly warnings: number;
}

/** A service with the text that the page's filter looks in. */
export interface RankedService {
  readonly report: ServiceReport;
  /** Lower case. */
  readonly searchText: string;
}

/**
 * What is shown of one install, each part made when it is first asked for and then kept: with 10,000 services a list takes
 * tens of milliseconds to write. What changes without an install (ages, errors) must not come in here.
 */
export class InstallViews {
  readonly counts: Counts;
  readonly #install: Install;
  readonly #byId: ReadonlyMap<string, ServiceReport>;
  #routesJson: Buffer | null = null;
  #servicesJson: Buffer | null = null;
  #ranked: readonly RankedService[] | null = null;

  constructor(install: Install) {
    this.#install = install;
    this.#byId = new Map(install.derivation.services.map((report) => [report.id, report]));
    this.counts = countAll(install);
  }

  /** The answer of `/api/routes`. */
  get routesJson(): Buffer {
    const { table } = this.#install.derivation;
    return (this.#routesJson ??= Buffer.from(jsonText({ tableId: table.id, routes: viewRoutes(table) })));
  }

  /** The answer of `/api/services`. */
  get servicesJson(): Buffer {
    const { services } = this.#install.derivation;
    return (this.#servicesJson ??= Buffer.from(jsonText({ services: services.map(viewService) })));
  }

  service(id: string): ServiceReport | undefined {
    return this.#byId.get(id);
  }

  /** The services in the order of the page: those with errors first, then with warnings; by id within each. */
  get ranked(): readonly RankedService[] {
    return (this.#ranked ??= this.#install.derivation.services
      .map((report) => ({ report, searchText: searchText(report) }))
      .sort((a, b) => rank(a.report) - rank(b.report)));
  }
}

const made = new WeakMap<Install, InstallViews>();

export function viewsOf(install: Install): InstallViews {
  const known = made.get(install);
  if (known !== undefined) return known;
  const views = new InstallViews(install);
  made.set(install, views);
  return views;
}

function countAll({ derivation: { table, services } }: Install): Counts {
  let errors = 0;
  let warnings = 0;
  for (const { findings } of services) {
    for (const { severity } of findings) {
      if (severity === 'error') errors++;
      if (severity === 'warning') warnings++;
    }
  }
  return {
    routes: table.routes.length,
    services: services.filter((report) => report.routed).length,
    servers: table.backends.reduce((sum, backend) => sum + backend.servers.length, 0),
    errors,
    warnings,
  };
}

function rank({ routed, findings }: ServiceReport): number {
  if (findings.some(({ severity }) => severity === 'error')) return 0;
  if (findings.some(({ severity }) => severity === 'warning')) return 1;
  return routed ? 2 : 3;
}

function searchText({ id, hosts, servers, containers, findings }: ServiceReport): string {
  return [
    id,
    ...hosts,
    ...servers.map(({ url }) => url),
    ...containers.flatMap(({ name, reason }) => [name, reason ?? '']),
    ...findings.flatMap(({ code, label, message }) => [code, label ?? '', message]),
  ]
    .join('\n')
    .toLowerCase();
}
