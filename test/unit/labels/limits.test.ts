import { timed } from '../../support/cpuTime.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import { deriveSettings, snapshotWith } from '../../support/model.ts';
import type { Service } from '../../../src/model/service.ts';

const list = (n: number, make: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => make(i)).join(',');

/** Labels that any one team can write, and that would take a minute or all memory if nobody counted. */
const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'aliases under domains': {
    'traefik.domain': list(3000, (i) => `d${i}.example`),
    'traefik.alias': list(3000, (i) => `a${i}`),
  },
  'names for all segments': {
    ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`traefik.s${i}.port`, '80'])),
    'traefik.alias.fqdn': list(20_000, (i) => `h${i}.example`),
    'traefik.path': list(20_000, (i) => `/p${i}`),
  },
  'matchers in a rule': { 'traefik.frontend.rule': 'Host:a;'.repeat(150_000) },
  'conditions in a rule': {
    'traefik.frontend.rule': `Host:${list(1000, (i) => `h${i}.example`)};Query:${list(1000, (i) => `q${i}=1`)}`,
  },
  'patterns in a rule': {
    'traefik.frontend.rule': `PathPrefix:${list(900, (i) => `/p${i}{x:[a-z]+}`)}`,
    'traefik.frontend.priority': '1',
  },
  'lists in a rule': {
    'traefik.frontend.rule': `Path:${list(1000, (i) => `/p${i}`)};PathPrefix:${list(1000, (i) => `/p${i}`)}`,
  },
  'unknown labels': Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`traefik.backendx.healthcheckinterval.timeout${i}abcdef`, 'x']),
  ),
};

function serviceWith(name: string, labels: Readonly<Record<string, string>>): Service {
  return {
    id: `s/${name}`,
    stack: 's',
    name,
    kind: 'service',
    labels: { 'traefik.enable': 'true', 'traefik.port': '80', ...labels },
    hasHealthCheck: true,
    containers: [],
    external: null,
    findings: [],
  };
}

suite('labels without end', () => {
  for (const [what, labels] of Object.entries(CASES)) {
    test(`${what} cost little, and nobody else anything`, () => {
      const snapshot = snapshotWith([serviceWith('huge', labels), serviceWith('web', {})]);
      const { ms, result } = timed(() => derive(snapshot, deriveSettings()));
      const { table, services } = result;
      assert.ok(ms < 5_000, `${ms} ms`);
      assert.ok(table.routes.length <= 51_001);
      assert.equal(services.find(({ id }) => id === 's/web')?.routed, true);
    });
  }
});
