import { isIP } from 'node:net';
import type { Derivation, DeriveSettings } from '../../src/model/derivation.ts';
import type { Rewrite } from '../../src/model/table.ts';
import { routeWords } from '../../src/routing/words.ts';
import type { Container, External, Resolution, Service, Snapshot } from '../../src/model/service.ts';
import { deriveSettings, snapshotWith } from '../support/model.ts';

/** What stands above the `---` of a golden file. */
export interface GoldenInput {
  readonly snapshot: Snapshot;
  readonly settings: DeriveSettings;
}

interface Draft {
  readonly id: string;
  readonly kind: string;
  readonly hasHealthCheck: boolean;
  readonly labels: Record<string, string>;
  containers: Container[] | null;
  external: External | null;
}

const SEPARATOR = '---\n';

/** Parts a golden file into what is given and what is expected. */
export function splitGolden(text: string): { readonly given: string; readonly expected: string } {
  const at = text.indexOf(`\n${SEPARATOR}`);
  if (at === -1) return { given: text, expected: '' };
  return { given: text.slice(0, at + 1), expected: text.slice(at + 1 + SEPARATOR.length) };
}

export function joinGolden(given: string, expected: string): string {
  return `${given}${SEPARATOR}${expected}`;
}

/**
 * Reads the given part, line by line: `# why`, `set SETTING VALUE`, `here HOST` (that we run on), `resolve NAME ADDRESS…`, `unresolved NAME WHY`,
 * `service STACK/NAME [KIND] [no-check]`, `container NAME STATE HEALTH ADDRESS [HOST]` (`-`: null) or `container none`, `external ADDRESS…` or `external NAME`, `LABEL=VALUE` (each side in JSON's quotes if need be).
 * Without `service` it is `proxy-test/web-test`; without `container` there is a healthy one.
 */
export function parseGolden(given: string): GoldenInput {
  let settings = deriveSettings();
  const drafts: Draft[] = [];
  const resolutions: Record<string, Resolution> = {};
  let localHostUuid: string | null = null;
  for (const line of given.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [word = '', ...rest] = line.split(' ');
    if (word === 'set') settings = { ...settings, ...parseSetting(rest) };
    else if (word === 'service') drafts.push(newDraft(rest[0]!, rest.slice(1)));
    else if (word === 'resolve') resolutions[rest[0]!] = { addresses: rest.slice(1), error: null };
    else if (word === 'unresolved') resolutions[rest[0]!] = { addresses: [], error: rest.slice(1).join(' ') };
    else if (word === 'here') localHostUuid = rest[0]!;
    else {
      if (drafts.length === 0) drafts.push(newDraft('proxy-test/web-test', []));
      const draft = drafts.at(-1)!;
      if (word === 'container') (draft.containers ??= []).push(...parseContainer(rest));
      else if (word === 'external') draft.external = parseExternal(rest);
      else setLabel(draft.labels, line);
    }
  }
  return { snapshot: snapshotWith(drafts.map(toService), { resolutions, localHostUuid }), settings };
}

function parseSetting([name = '', value = '']: readonly string[]): Partial<DeriveSettings> {
  if (name === 'constraints') {
    const [, sign, pattern = ''] = /^tag(==|!=)(.*)$/.exec(value) ?? [];
    return { constraints: [{ mustMatch: sign === '==', pattern }] };
  }
  const isText = name === 'defaultDomain' || name === 'hostTemplate';
  return { [name]: isText ? value : value === 'true' };
}

function parseExternal(words: readonly string[]): External {
  const addresses = words.filter((word) => isIP(word) !== 0);
  return { addresses, hostname: words.find((word) => isIP(word) === 0) ?? null };
}

function newDraft(id: string, traits: readonly string[]): Draft {
  const kind = traits.find((trait) => trait !== 'no-check') ?? 'service';
  return {
    id,
    kind,
    hasHealthCheck: !traits.includes('no-check'),
    labels: {},
    containers: null,
    external: null,
  };
}

function parseContainer([
  name = '',
  state = '',
  health = '',
  ip = '',
  host = '',
]: readonly string[]): Container[] {
  if (name === 'none') return [];
  const healthState = health === '-' ? null : health;
  return [{ name, state, healthState, address: ip === '-' ? null : ip, hostUuid: host === '' ? null : host }];
}

function setLabel(labels: Record<string, string>, line: string): void {
  const [, key = '', value = ''] = /^("(?:[^"\\]|\\.)*"|[^=]*)=(.*)$/s.exec(line) ?? [];
  Object.defineProperty(labels, unquote(key), {
    value: unquote(value),
    enumerable: true,
    configurable: true,
  });
}

function unquote(text: string): string {
  return text.startsWith('"') ? JSON.parse(text) : text;
}

function toService(draft: Draft): Service {
  const [stack = '', name = ''] = draft.id.split('/');
  const healthy = {
    name: 'c1',
    state: 'running',
    healthState: 'healthy',
    address: '127.0.0.1',
    hostUuid: null,
  };
  return { ...draft, stack, name, containers: draft.containers ?? [healthy], findings: [] };
}

/** What happens to the path, as golden files expect it. */
function rewriteWords(rewrite: Rewrite | null): string {
  if (rewrite === null) return '';
  const { strip, addPrefix, replacePattern, replacePath } = rewrite;
  const steps = [
    ...strip.map(({ path, pathKind }) => `strip ${pathKind} ${path}`),
    ...(addPrefix === '' ? [] : [`add ${addPrefix}`]),
    ...(replacePattern === null
      ? []
      : [`replace ${replacePattern.pattern} by ${replacePattern.replacement}`]),
    ...(replacePath === null ? [] : [`send ${replacePath}`]),
  ];
  return ` [${steps.join(', ')}]`;
}

/** Writes a derivation as golden files expect it: routes with their servers, then services with containers and findings. */
export function renderDerivation({ table, services }: Derivation): string {
  const lines: string[] = [];
  for (const route of table.routes) {
    const backend = table.backends.find(({ id }) => id === route.backend)!;
    const serverHost = route.passHostHeader ? '' : ' (server sees its own address as Host)';
    const refusal = route.refusal === null ? '' : `: 503, ${route.refusal}`;
    const priority = route.priority === null ? '' : ` (priority ${route.priority})`;
    const what = `${routeWords(route)} → ${route.service}`;
    lines.push(`${what}${priority}${serverHost}${rewriteWords(route.rewrite)}${refusal}`);
    lines.push(...backend.servers.map((server) => `  ${server.id} ${server.url}`));
  }
  for (const { id, routed, containers, findings } of services) {
    lines.push('', `${id} ${routed ? 'is routed' : 'is not routed'}`);
    const idle = containers.filter(({ eligible }) => !eligible);
    lines.push(...idle.map(({ name, reason }) => `  ${name}: ${reason}`));
    lines.push(...findings.map(({ severity, code, message }) => `  ${severity} ${code}: ${message}`));
  }
  return `${lines.join('\n').trim()}\n`;
}
