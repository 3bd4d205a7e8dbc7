import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry, type Metric } from 'prom-client';

/** One number of a metric. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  /** Labels that many samples have in common; the same object for all of them is rendered once. */
  readonly sharedLabels?: Labels;
  /** Where it is called otherwise than its metric, as the parts of a histogram are. */
  readonly metricName?: string;
}

export type Labels = Readonly<Record<string, string | number>>;

/** A metric whose numbers are kept elsewhere and looked up for each scrape. */
export interface LookedUp<S> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it counts and in which unit. */
  readonly help: string;
  readonly samples: (source: S) => Iterable<Sample>;
}

/** How many samples are rendered in one go: about 3 ms of them. */
const SLICE = 1_000;

/** The text of metrics, piece by piece and never for long at a time: with 10,000 services there are hundreds of thousands of samples. */
export async function* render<S>(metrics: readonly LookedUp<S>[], source: S): AsyncGenerator<string> {
  for (const metric of metrics) {
    let slice: Sample[] = [];
    let hasHead = false;
    for (const sample of metric.samples(source)) {
      slice.push(sample);
      if (slice.length < SLICE) continue;
      yield await renderSlice(metric, slice, hasHead);
      await nextTurn();
      slice = [];
      hasHead = true;
    }
    if (slice.length > 0 || !hasHead) yield await renderSlice(metric, slice, hasHead);
  }
}

/** prom-client writes what has a name, a help, a type and a `get` that resolves with the same and `values`. */
async function renderSlice<S>(
  { name, help, type }: LookedUp<S>,
  values: readonly Sample[],
  hasHead: boolean,
): Promise<string> {
  const registry = new Registry();
  const metric = { name, help, type, get: async () => ({ name, help, type, values }) };
  registry.registerMetric(metric as unknown as Metric);
  const text = `${await registry.getSingleMetricAsString(name)}\n`;
  // The first two lines are the help and the type, which are said once.
  return hasHead ? text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1) : text;
}

/** The only sample of a metric without labels; none for null. */
export function single(value: number | null): readonly Sample[] {
  return value === null ? [] : [{ value }];
}
