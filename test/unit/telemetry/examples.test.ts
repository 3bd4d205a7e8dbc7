import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { z } from 'zod';
import { metricsOf, someCounts } from '../../support/metrics.ts';
import { Scraped } from '../../support/prometheusText.ts';
import { readJson, readText, readYaml } from '../deployment/files.ts';

const Rules = z.object({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^ActiveLb[A-Z]\w+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+m$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ summary: z.string().min(20), why: z.string().min(40) }),
        }),
      ),
    }),
  ),
});

const Datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const Panel = z.object({
  id: z.number(),
  type: z.enum(['row', 'timeseries', 'stat', 'table']),
  title: z.string(),
  gridPos: z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  datasource: Datasource.optional(),
  targets: z.array(z.object({ expr: z.string(), datasource: Datasource })).optional(),
});
const Dashboard = z.object({
  uid: z.literal('active-lb'),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(Panel),
});

/** Words of PromQL that are no metrics. */
const WORDS = new Set(
  'sum max rate increase changes topk histogram_quantile time by and or on ignoring without'.split(' '),
);
/** What Prometheus itself adds to every series. */
const ADDED = ['job', 'instance'];

/** The labels of each metric that there is, the parts of histograms included. */
async function realMetrics(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = metricsOf(() => someCounts());
  const { families } = new Scraped((await metrics.scrape()).body.toString());
  metrics.stop();
  const labels = new Map<string, Set<string>>([['up', new Set(ADDED)]]);
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      labels.set(sample.name, new Set([...ADDED, ...Object.keys(sample.labels)]));
    }
  }
  return labels;
}

/** The metrics that an expression names, each with the labels that it selects by. */
function namedIn(expr: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  const plain = expr.replace(/\[[^\]]*\]/g, '').replace(/\b(by|on|ignoring|without) \([^)]*\)/g, '');
  return [...plain.matchAll(/([a-z_][a-z0-9_]*)(?:\{([^}]*)\})?/gi)]
    .map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/(\w+)(?:=~|!~|!=|=)"[^"]*"/g)].map(([, label = '']) => label),
    }))
    .filter(({ name }) => !WORDS.has(name));
}

/** The labels that an expression groups by. */
function groupedBy(expr: string): readonly string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
}

async function assertReal(expressions: readonly string[]): Promise<void> {
  const real = await realMetrics();
  for (const expr of expressions) {
    const named = namedIn(expr);
    assert.ok(named.length > 0, expr);
    for (const { name, labels } of named) {
      const known = real.get(name);
      assert.ok(known !== undefined, `${name} in ${expr}`);
      for (const label of [...labels, ...groupedBy(expr)]) assert.ok(known.has(label), `${label} in ${expr}`);
    }
  }
}

suite('examples/prometheus/alerts.yml', () => {
  const rules = Rules.parse(readYaml('examples/prometheus/alerts.yml')).groups.flatMap(({ rules }) => rules);

  test('asks only for metrics and labels that there are', () => assertReal(rules.map(({ expr }) => expr)));

  test('names labels in its texts that its expression leaves', () => {
    for (const { expr, annotations } of rules) {
      const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
      const grouped = groupedBy(expr);
      if (grouped.length > 0)
        assert.deepEqual(
          used.filter((label) => !grouped.includes(label)),
          [],
        );
    }
  });

  test('has alerts each of its own name, and docs/operations.md has a row for each and no other', () => {
    const rows = [...readText('docs/operations.md').matchAll(/^\| `(ActiveLb\w+)`/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(
      rules.map(({ alert }) => alert),
      rows,
    );
    assert.equal(new Set(rows).size, rows.length);
  });
});

suite('examples/grafana/active-lb.json', () => {
  const { panels, templating } = Dashboard.parse(readJson('examples/grafana/active-lb.json'));
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  test('asks only for metrics and labels that there are', () => assertReal(expressions));

  test('shows every metric of ours', async () => {
    const shown = new Set(expressions.flatMap((expr) => namedIn(expr).map(({ name }) => name)));
    const real = [...(await realMetrics()).keys()].filter((name) => name.startsWith('active_lb_'));
    assert.deepEqual(
      real.filter((name) => !shown.has(name)),
      [],
    );
  });

  test('lets the datasource be chosen, and has panels that do not overlap', () => {
    assert.deepEqual(
      templating.list.map(({ name }) => name),
      ['datasource', 'job', 'instance', 'service'],
    );
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.ok(!taken.has(`${x},${y}`), title);
          taken.add(`${x},${y}`);
        }
      }
    }
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  });
});
