/** One line of the text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const HEAD = /^# HELP ([a-z_]+) (\S.*)\n# TYPE \1 (counter|gauge|histogram)$/;
const LINE = /^([a-z_]+)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const LABEL = /^([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

/**
 * Reads the text that Prometheus scrapes (exposition format 0.0.4), more strictly than Prometheus does: every family with help
 * and type, once, its samples together, no series twice, histograms whole and growing.
 */
export class Scraped {
  readonly families = new Map<string, Family>();
  readonly #series = new Set<string>();

  constructor(text: string) {
    if (!text.endsWith('\n')) throw new Error('the last line does not end');
    const lines = text.split('\n').filter((line) => line !== '');
    let family: Family | null = null;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!;
      if (line.startsWith('#')) {
        family = this.#open(`${line}\n${lines[++i]}`);
        continue;
      }
      if (family === null) throw new Error(`no HELP and TYPE before: ${line}`);
      family.samples.push(this.#read(line, family));
    }
    for (const each of this.families.values()) if (each.type === 'histogram') checkHistogram(each);
  }

  /** All samples of this name, which may be that of a part of a histogram. */
  samples(name: string): readonly Sample[] {
    const family = this.families.get(name) ?? this.families.get(name.replace(/_(bucket|sum|count)$/, ''));
    return family?.samples.filter((sample) => sample.name === name) ?? [];
  }

  /** The value of the only sample that has at least these labels; throws where there is none, or several. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const found = this.samples(name).filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    if (found.length !== 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`);
    return found[0]!.value;
  }

  /** The services that have a series, in any family. */
  get services(): ReadonlySet<string> {
    const all = [...this.families.values()].flatMap(({ samples }) => samples);
    return new Set(all.flatMap(({ labels }) => labels['service'] ?? []));
  }

  #open(head: string): Family {
    const [, name, help, type] = HEAD.exec(head) ?? [];
    if (name === undefined || help === undefined || type === undefined) throw new Error(`no head: ${head}`);
    if (this.families.has(name)) throw new Error(`${name} is there twice`);
    if (type === 'counter' && !name.endsWith('_total')) throw new Error(`a counter is called ${name}`);
    const family = { name, help, type, samples: [] };
    this.families.set(name, family);
    return family;
  }

  #read(line: string, family: Family): Sample {
    const [, name, labelText = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) throw new Error(`no sample: ${line}`);
    const base = family.type === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
    if (base !== family.name) throw new Error(`${name} among those of ${family.name}`);
    const labels = readLabels(labelText);
    const series = JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
    if (this.#series.has(series)) throw new Error(`a series twice: ${series}`);
    this.#series.add(series);
    if (family.type !== 'gauge' && Number(value) < 0) throw new Error(`below 0: ${line}`);
    return { name, labels, value: Number(value) };
  }
}

function readLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const [whole, name, value] = LABEL.exec(rest) ?? [];
    if (whole === undefined || name === undefined || value === undefined)
      throw new Error(`no label: ${rest}`);
    if (name in labels) throw new Error(`a label twice: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function checkHistogram({ name, samples }: Family): void {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const grows = buckets.every((bucket, i) => i === 0 || bucket.value >= buckets[i - 1]!.value);
    const counts = group.filter((sample) => sample.name === `${name}_count`);
    const isWhole = counts.length === 1 && group.some((sample) => sample.name === `${name}_sum`);
    const last = buckets.at(-1);
    if (!grows || !isWhole || last?.labels['le'] !== '+Inf' || last.value !== counts[0]?.value)
      throw new Error(`the histogram ${name} of ${labels} is broken`);
  }
}
