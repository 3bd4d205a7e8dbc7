import { figure, latency, share } from '../figures.ts';
import { CHARTED_SECONDS, seconds, type Second } from '../live.ts';
import { Chart } from './chart.tsx';

/** What all traffic of the last minutes was like: how much, how much of it failed, how long it took. */
export function TrafficCharts() {
  const charted = withGaps(seconds.value);
  const times = charted.map(({ at }) => at);
  const present = charted.at(-1);
  const of = (value: (second: Partial<Second>) => number | null | undefined) =>
    charted.map((each) => value(each) ?? null);
  const shared = { times, span: CHARTED_SECONDS };
  return (
    <div class="charts" role="group" aria-label="The last five minutes">
      <Chart
        {...shared}
        title="Requests"
        present={`${figure(present?.requestsPerSecond)} a second`}
        shown={figure}
        lines={[
          { name: 'requests a second', color: '--line-1', values: of((each) => each.requestsPerSecond) },
        ]}
      />
      <Chart
        {...shared}
        title="Errors (5xx)"
        present={
          present === undefined ? '–' : share(present.errorsPerSecond ?? 0, present.requestsPerSecond ?? 0)
        }
        shown={(percent) => `${figure(percent)} %`}
        lines={[{ name: 'of all responses', color: '--line-3', values: of(errorPercent) }]}
      />
      <Chart
        {...shared}
        title="Latency"
        present={
          typeof present?.p50Ms === 'number'
            ? `${latency(present.p50Ms)}, 99th ${latency(present.p99Ms)}`
            : latency(null)
        }
        shown={latency}
        lines={[
          { name: 'median', color: '--line-1', values: of((each) => each.p50Ms) },
          { name: '95th percentile', color: '--line-2', dash: [6, 3], values: of((each) => each.p95Ms) },
          { name: '99th', color: '--line-3', dash: [2, 3], values: of((each) => each.p99Ms) },
        ]}
      />
    </div>
  );
}

function errorPercent({ errorsPerSecond, requestsPerSecond }: Partial<Second>): number | null {
  if (requestsPerSecond === undefined || errorsPerSecond === undefined) return null;
  return requestsPerSecond === 0 ? null : (errorsPerSecond / requestsPerSecond) * 100;
}

/** Nothing is known of seconds that are left out: their place in a line is empty. */
function withGaps(all: readonly Second[]): readonly (Partial<Second> & { at: number })[] {
  return all.flatMap((second, i) => {
    const before = all[i - 1]?.at ?? second.at;
    return second.at - before > 2 ? [{ at: before + 1 }, second] : [second];
  });
}
