import type { Table } from '../../model/table.ts';
import { errorAnswer, jsonAnswer, preparedJsonAnswer, type Answer } from '../answers.ts';
import { backendNamesOf, backendsOf, type BackendView } from './backends.ts';
import { frontendsOf, type FrontendView } from './frontends.ts';

/** A table as the API of Traefik 1.7 shows what its Rancher provider has made. Lists are written once, when first asked for. */
export class TraefikProvider {
  readonly #backends: ReadonlyMap<string, BackendView>;
  readonly #frontends: ReadonlyMap<string, FrontendView>;
  readonly #lists: { backends?: Buffer; frontends?: Buffer } = {};

  constructor(table: Table) {
    const names = backendNamesOf(table);
    this.#backends = backendsOf(table, names);
    this.#frontends = frontendsOf(table, names);
  }

  /** What is at `/api/providers`, and below it behind these names. */
  answer(names: readonly string[]): Answer {
    const [provider, list, ...more] = names;
    if (provider === undefined) return prepared(['{"rancher":', ...this.#whole, '}']);
    if (provider !== 'rancher') return missing('provider', provider, '/api/providers');
    if (list === undefined) return prepared(this.#whole);
    if (list === 'backends') return this.#backend(more);
    if (list === 'frontends') return this.#frontend(more);
    return unknownPath();
  }

  #backend([name, part, server, ...more]: readonly string[]): Answer {
    if (name === undefined) return prepared([this.#list('backends')]);
    const backend = this.#backends.get(name);
    if (backend === undefined) return missing('backend', name, '/api/providers/rancher/backends');
    if (part === undefined) return jsonAnswer(backend);
    if (part !== 'servers' || more.length > 0) return unknownPath();
    return within(backend.servers ?? {}, 'server', server);
  }

  #frontend([name, part, route, ...more]: readonly string[]): Answer {
    if (name === undefined) return prepared([this.#list('frontends')]);
    const frontend = this.#frontends.get(name);
    if (frontend === undefined) return missing('frontend', name, '/api/providers/rancher/frontends');
    if (part === undefined) return jsonAnswer(frontend);
    if (part !== 'routes' || more.length > 0) return unknownPath();
    return within(frontend.routes, 'route', route);
  }

  get #whole(): readonly (string | Buffer)[] {
    return ['{"backends":', this.#list('backends'), ',"frontends":', this.#list('frontends'), '}'];
  }

  #list(which: 'backends' | 'frontends'): Buffer {
    const values = which === 'backends' ? this.#backends : this.#frontends;
    return (this.#lists[which] ??= Buffer.from(JSON.stringify(Object.fromEntries<unknown>(values))));
  }
}

function within(values: Readonly<Record<string, unknown>>, what: string, name: string | undefined): Answer {
  if (name === undefined) return jsonAnswer(values);
  return Object.hasOwn(values, name) ? jsonAnswer(values[name]) : missing(what, name, 'the path without it');
}

function prepared(parts: readonly (string | Buffer)[]): Answer {
  return preparedJsonAnswer(
    Buffer.concat([...parts, '\n'].map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
  );
}

function missing(what: string, name: string, list: string): Answer {
  const message = `there is no ${what} ${JSON.stringify(name.slice(0, 200))}; ${list} lists those that there are`;
  return errorAnswer(404, `no-such-${what}`, message);
}

function unknownPath(): Answer {
  const message =
    'below /api/providers/rancher there are backends[/{backend}[/servers[/{server}]]] and frontends[/{frontend}[/routes[/{route}]]]';
  return errorAnswer(404, 'not-found', message);
}
