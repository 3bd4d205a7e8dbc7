import type { IncomingMessage } from 'node:http';
import type { AdminUser } from '../model/adminUser.ts';
import { errorAnswer, type Answer } from './answers.ts';
import type { FailedLogin } from './failedLogins.ts';
import { HostCheck } from './hostCheck.ts';
import { Login, type Entry } from './login.ts';
import type { Target } from './target.ts';

/** Who may ask the admin server, and how. */
export interface AccessOptions {
  /** Who may look; none: everybody. */
  readonly users?: readonly AdminUser[] | undefined;
  /** Names, in lower case, by which it may be asked besides addresses and `localhost`; none: by any. */
  readonly hosts?: readonly string[] | undefined;
  /** Whether `/metrics` asks for no login. */
  readonly areMetricsPublic?: boolean | undefined;
  readonly onFailedLogin?: ((failed: FailedLogin) => void) | undefined;
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** Health checks of Rancher, Docker and balancers know neither names nor passwords, and learn nothing but that we live. */
const HEALTH_PATHS: ReadonlySet<string> = new Set(['/ping', '/ready']);

/** What stands before every answer: one Host, a name that is ours, and a login. */
export class Access {
  readonly #hostCheck: HostCheck;
  readonly #login: Login | null;
  readonly #areMetricsPublic: boolean;

  constructor({ users = [], hosts = [], areMetricsPublic = false, onFailedLogin, onFault }: AccessOptions) {
    this.#hostCheck = new HostCheck(hosts);
    this.#login = users.length === 0 ? null : new Login({ users, onFailedLogin, onFault });
    this.#areMetricsPublic = areMetricsPublic;
  }

  async admit(request: IncomingMessage, { path, authority }: Target): Promise<Entry> {
    const hosts = valuesOf(request, 'host');
    const isLook = request.method === 'GET' || request.method === 'HEAD';
    const badHosts = refuseHostFields(hosts, request.httpVersion);
    if (badHosts !== null) return { refusal: badHosts };
    if (isLook && HEALTH_PATHS.has(path)) return { user: null };
    const strange = this.#hostCheck.refusal(authority === null ? hosts : [...hosts, authority]);
    if (strange !== null) return { refusal: strange };
    if (this.#login === null || (isLook && path === '/metrics' && this.#areMetricsPublic))
      return { user: null };
    return this.#login.enter(valuesOf(request, 'authorization'), request.socket.remoteAddress ?? '');
  }

  async stop(): Promise<void> {
    await this.#login?.stop();
  }
}

/** RFC 9112 §3.2: exactly one Host, but in HTTP/1.0, which Rancher's health check speaks, none will do. */
function refuseHostFields(hosts: readonly string[], httpVersion: string): Answer | null {
  if (hosts.length === 1 || (hosts.length === 0 && httpVersion === '1.0')) return null;
  const fields = hosts.length === 0 ? 'no Host field' : 'more than one Host field';
  return errorAnswer(400, 'bad-request', `there is ${fields}; a request has exactly one`, {
    Connection: 'close',
  });
}

/** Each value of a field as it came: `headers` would keep the first of several and hide the others. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}
