import { useEffect, useId, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { clockTime } from '../figures.ts';

export interface Line {
  readonly name: string;
  /** Of which custom property of the style sheet it has its colour. */
  readonly color: string;
  /** Lines that lie on each other are told apart by their dashes, too. */
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** What it says now, in words. */
  readonly present: string;
  /** Seconds since the epoch, one for each value of each line. */
  readonly times: readonly number[];
  /** How many seconds it spans at most, to the last. */
  readonly span: number;
  readonly lines: readonly Line[];
  readonly shown: (value: number) => string;
}

const HEIGHT = 150;
/** Seconds that may lie between two times that are told. */
const STEPS = [5, 10, 15, 30, 60, 120, 300];
/** So that the first seconds are no wall. */
const LEAST_SPAN = 60;

/** Lines over time. The words beside its title say what it shows now, since a picture says nothing to those who do not see it. */
export function Chart({ title, present, times, span, lines, shown }: ChartProps) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new uPlot(
      { ...optionsOf(lines, shown), width: element.clientWidth, height: HEIGHT },
      [[], ...lines.map(() => [])],
      element,
    );
    plot.current = made;
    const fit = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    fit.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => made.redraw();
    scheme.addEventListener('change', repaint);
    return () => {
      fit.disconnect();
      scheme.removeEventListener('change', repaint);
      made.destroy();
    };
  }, []);
  useEffect(() => {
    const last = times.at(-1) ?? Date.now() / 1_000;
    plot.current?.batch(() => {
      plot.current?.setData([[...times], ...lines.map(({ values }) => [...values])], false);
      const known = last - (times[0] ?? last);
      plot.current?.setScale('x', { min: last - Math.min(span, Math.max(LEAST_SPAN, known)), max: last });
      plot.current?.setScale('y', { min: 0, max: top(lines) });
    });
  }, [times, lines, span]);
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id}>
        <span class="chart-title">{title}</span> <span class="chart-present">{present}</span>
      </figcaption>
      <div ref={place} class="chart-place" aria-hidden="true" />
      <ul class="legend" aria-hidden="true">
        {lines.map(({ name, color, dash }) => (
          <li key={name}>
            <svg width="22" height="8" viewBox="0 0 22 8">
              <path
                d="M1 4H21"
                stroke={`var(${color})`}
                stroke-width="2.5"
                stroke-dasharray={dash?.join(' ')}
              />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A little above the highest, and never nothing. */
function top(lines: readonly Line[]): number {
  let highest = 0;
  for (const { values } of lines) for (const value of values) highest = Math.max(highest, value ?? 0);
  return highest === 0 ? 1 : highest * 1.08;
}

function optionsOf(
  lines: readonly Line[],
  shown: (value: number) => string,
): Omit<uPlot.Options, 'width' | 'height'> {
  const axis = { stroke: () => colorOf('--dim'), font: '12px system-ui, sans-serif', ticks: { show: false } };
  const grid = { stroke: () => colorOf('--line'), width: 1 };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 30, 0, 0],
    scales: { x: { time: true }, y: { auto: false } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 70,
        incrs: STEPS,
        values: (_, ticks) => ticks.map(clock),
      },
      { ...axis, grid, size: 58, space: 30, values: (_, ticks) => ticks.map(shown) },
    ],
    series: [
      {},
      ...lines.map(({ name, color, dash }): uPlot.Series => ({
        label: name,
        stroke: () => colorOf(color),
        width: 2,
        points: { size: 6, fill: () => colorOf(color), filter: alone },
        ...(dash !== undefined && { dash: [...dash] }),
      })),
    ],
  };
}

/** Of the points, those with nothing beside them that a line could lead to. */
function alone(plot: uPlot, series: number): number[] {
  const isKnown = (i: number): boolean => typeof plot.data[series]?.[i] === 'number';
  return [...plot.data[0].keys()].filter((i) => isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1));
}

function clock(at: number): string {
  return clockTime(new Date(at * 1_000));
}

function colorOf(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}
