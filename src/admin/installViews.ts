import type { Conditions } from '../control/conditions.ts';
import type { Install } from '../control/status.ts';
import { totalsOf, type DerivationTotals } from '../control/totals.ts';
import { surroundingsIn, viewRoutes, viewService } from '../control/views.ts';
import type { ServiceView, Surroundings } from '../control/views.ts';
import type { Derivation } from '../model/derivation.ts';
import type { ServiceReport } from '../model/report.ts';
import { jsonText } from './answers.ts';
import { TraefikProvider } from './traefik/provider.ts';

/**
 * What is shown of one derivation, each part made when it is first asked for and then kept: with 10,000 services a list takes
 * tens of milliseconds to write. What changes otherwise (ages, errors, conditions) must not come in here.
 */
class DerivationViews {
  readonly counts: DerivationTotals;
  readonly #derivation: Derivation;
  readonly #byId: ReadonlyMap<string, ServiceReport>;
  #traefik: TraefikProvider | null = null;

  constructor(derivation: Derivation) {
    this.#derivation = derivation;
    this.#byId = new Map(derivation.services.map((report) => [report.id, report]));
    this.counts = totalsOf(derivation);
  }

  service(id: string): ServiceReport | undefined {
    return this.#byId.get(id);
  }

  get traefik(): TraefikProvider {
    return (this.#traefik ??= new TraefikProvider(this.#derivation.table));
  }
}

/** What is shown of one install: of its derivation, and, made anew whenever a condition changes, of that under its conditions. */
export class InstallViews {
  readonly #derivation: Derivation;
  readonly #conditions: Conditions;
  readonly #views: DerivationViews;
  #surroundings: Surroundings | null = null;
  #routesJson: Buffer | null = null;
  #servicesJson: Buffer | null = null;

  constructor({ derivation, conditions }: Install) {
    this.#derivation = derivation;
    this.#conditions = conditions;
    this.#views = derivationViews.of(derivation, () => new DerivationViews(derivation));
  }

  get counts(): DerivationTotals {
    return this.#views.counts;
  }

  /** The answer of `/api/routes`. */
  get routesJson(): Buffer {
    const { table } = this.#derivation;
    return (this.#routesJson ??= Buffer.from(
      jsonText({ tableId: table.id, routes: viewRoutes(table, this.#conditions) }),
    ));
  }

  /** The answer of `/api/services`. */
  get servicesJson(): Buffer {
    return (this.#servicesJson ??= Buffer.from(
      jsonText({ services: this.#derivation.services.map((report) => viewService(report, this.#around)) }),
    ));
  }

  /** The answers below `/api/providers`. */
  get traefik(): TraefikProvider {
    return this.#views.traefik;
  }

  service(id: string): ServiceReport | undefined {
    return this.#views.service(id);
  }

  /** A service as `/api/services` shows it. */
  serviceView(id: string): ServiceView | undefined {
    const report = this.service(id);
    return report && viewService(report, this.#around);
  }

  get #around(): Surroundings {
    return (this.#surroundings ??= surroundingsIn(this.#derivation.table, this.#conditions));
  }
}

/** What was made of values, for as long as they live. */
class Made<K extends object, V> {
  readonly #values = new WeakMap<K, V>();

  of(key: K, make: () => V): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#values.set(key, made);
    return made;
  }
}

const derivationViews = new Made<Derivation, DerivationViews>();
const installViews = new Made<Derivation, Made<Conditions, InstallViews>>();

/** What is shown of an install; the same for another one of the same derivation and conditions. */
export function viewsOf(install: Install): InstallViews {
  return installViews
    .of(install.derivation, () => new Made())
    .of(install.conditions, () => new InstallViews(install));
}
