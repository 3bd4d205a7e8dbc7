import { isIP } from 'node:net';
import type { DeriveSettings } from '../../src/model/derivation.ts';
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
 * Reads the given part, line by line: `# why`, `set SETTING VALUE`, `here HOST` (that we run on), `resolve NAME ADDRESS…`, `unresolved NAME WHY` (the addresses of a `resolve` before it are the last known ones),
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
    if (word === 'set') settings = { ...settings, ...parseSetting(rest, settings) };
    else if (word === 'service') drafts.push(newDraft(rest[0]!, rest.slice(1)));
    else if (word === 'resolve') resolutions[rest[0]!] = { addresses: rest.slice(1), error: null };
    else if (word === 'unresolved') {
      const known = resolutions[rest[0]!]?.addresses ?? [];
      resolutions[rest[0]!] = { addresses: known, error: rest.slice(1).join(' ') };
    } else if (word === 'here') localHostUuid = rest[0]!;
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

function parseSetting(
  [name = '', value = '']: readonly string[],
  { constraints }: DeriveSettings,
): Partial<DeriveSettings> {
  if (name === 'constraint') {
    const [, sign, pattern = ''] = /^tag(==|!=)(.*)$/.exec(value) ?? [];
    return { constraints: [...constraints, { mustMatch: sign === '==', pattern }] };
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
