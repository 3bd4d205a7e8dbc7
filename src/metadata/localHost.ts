import type { Service } from '../model/service.ts';
import { MetadataError } from './error.ts';
import { hostIdentityShape } from './schema.ts';
import type { Documents } from './snapshot.ts';

/** `traefik.prefer.local`, also of a segment; in any case, since labels are matched without it. */
const PREFER_LOCAL = /^traefik\.(?:[^.]+\.)?prefer\.local$/i;

/**
 * Which host we run on, as `/self/host` says. It is asked only where somebody prefers servers on it, and whatever comes instead of an
 * answer costs nobody anything: hosts do not change under a container, so what was known stays.
 */
export class LocalHost {
  readonly #isPreferred: boolean;
  #uuid: string | null = null;

  /** `isPreferred`: by all services, whatever their labels say. */
  constructor(isPreferred: boolean) {
    this.#isPreferred = isPreferred;
  }

  /** Its uuid; null where it is not known, or nobody asks. */
  async read(documents: Documents, services: readonly Pick<Service, 'labels'>[]): Promise<string | null> {
    if (!this.#isPreferred && !services.some(prefersLocal)) return null;
    try {
      const value = await documents.read('self/host');
      const host = hostIdentityShape.safeParse(value);
      if (host.success) this.#uuid = host.data.uuid;
      else if (value === undefined) this.#uuid = null;
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
    }
    return this.#uuid;
  }
}

function prefersLocal({ labels }: Pick<Service, 'labels'>): boolean {
  return Object.keys(labels).some((key) => PREFER_LOCAL.test(key));
}
