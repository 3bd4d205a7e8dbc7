import type { BreakerMetric } from '../model/table.ts';

/** A metric, or what is wrong with its numbers, to be read after its name. */
export type ParsedMetric = { readonly metric: BreakerMetric } | { readonly problem: string };

/** A function of circuit breakers' expressions (vulcand/oxy). */
export interface MetricFunction {
  readonly name: string;
  /** How it is written. */
  readonly usage: string;
  readonly parse: (args: readonly number[]) => ParsedMetric;
}

/** All functions that oxy knows. */
export const METRICS: readonly MetricFunction[] = [
  { name: 'NetworkErrorRatio', usage: 'NetworkErrorRatio()', parse: parseNetworkErrorRatio },
  {
    name: 'ResponseCodeRatio',
    usage: 'ResponseCodeRatio(500, 600, 0, 600)',
    parse: parseResponseCodeRatio,
  },
  { name: 'LatencyAtQuantileMS', usage: 'LatencyAtQuantileMS(50.0)', parse: parseLatencyAtQuantile },
];

function parseNetworkErrorRatio(args: readonly number[]): ParsedMetric {
  return args.length === 0 ? { metric: { kind: 'network-error-ratio' } } : { problem: 'takes no number' };
}

function parseResponseCodeRatio(args: readonly number[]): ParsedMetric {
  const [from = 0, to = 0, dividedFrom = 0, dividedTo = 0] = args;
  if (args.length !== 4) return { problem: 'takes four numbers' };
  if (!args.every((status) => Number.isInteger(status) && status <= 1000))
    return { problem: 'takes status codes from 0 to 1000' };
  if (from >= to || dividedFrom >= dividedTo)
    return { problem: 'takes two ranges of status codes, each from less to more' };
  return { metric: { kind: 'response-code-ratio', from, to, dividedFrom, dividedTo } };
}

function parseLatencyAtQuantile(args: readonly number[]): ParsedMetric {
  const [quantile = 0] = args;
  if (args.length !== 1 || quantile <= 0 || quantile > 100)
    return { problem: 'takes one number above 0 and up to 100' };
  return { metric: { kind: 'latency-at-quantile', quantile } };
}
