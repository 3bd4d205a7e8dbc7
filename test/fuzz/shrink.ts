import { PLAIN_ANSWER, type Answer, type Case, type Cut } from './case.ts';

/** Tells of some candidates which is the first that still shows what is looked for, by its place among them; -1: none. */
export type FirstToShow = (candidates: readonly Case[]) => Promise<number>;

/** Makes smaller ones of a case, each when it is asked for. */
type Pass = (from: Case) => readonly (() => Case)[];

/** Makes a case smaller as long as it shows the same, for so long at most; `width` candidates are tried at a time. */
export async function shrink(
  found: Case,
  firstToShow: FirstToShow,
  width: number,
  maxMs: number,
): Promise<Case> {
  const until = performance.now() + maxMs;
  let smallest = found;
  for (let before: Case | null = null; before !== smallest;) {
    before = smallest;
    for (const pass of PASSES) {
      for (let at = 0; performance.now() < until;) {
        const candidates = pass(smallest)
          .slice(at, at + width)
          .map((make) => make());
        if (candidates.length === 0) break;
        const shown = await firstToShow(candidates);
        if (shown !== -1) smallest = candidates[shown]!;
        // Where one is left out, the next has its place.
        at += shown === -1 ? candidates.length : shown;
      }
    }
  }
  return smallest;
}

/** The largest steps first. */
const PASSES: readonly Pass[] = [
  set((from) => from.answers.length > 0, { answers: [] }),
  set((from) => from.cuts.length > 0, { cuts: [] }),
  set((from) => from.table !== 'plain', { table: 'plain' }),
  set((from) => from.settings !== 'plain', { settings: 'plain' }),
  set((from) => !from.reuse, { reuse: true }),
  set((from) => from.ending !== 'half-close', { ending: 'half-close' }),
  withoutPartsThatEndWith(/\r\n\r\n/g),
  ...[32, 8, 2, 1].map(withoutLines),
  withoutChunks,
  (from) => from.answers.map((_, i) => () => ({ ...from, answers: from.answers.filter((_a, j) => j !== i) })),
  (from) => from.cuts.map((_, i) => () => ({ ...from, cuts: from.cuts.filter((_c, j) => j !== i) })),
  (from) =>
    from.answers.flatMap((answer, i) =>
      simplerAnswers(answer).map((simpler) => () => replaced(from, i, simpler)),
    ),
  withoutPartsThatEndWith(/[ ,/;?]/g),
  ...[256, 64, 16, 4, 1].map(withoutPartsOf),
  (from) => from.cuts.flatMap(({ wait }, i) => (wait === 'turn' ? [] : [() => withTurn(from, i)])),
];

function set(isWorthIt: (from: Case) => boolean, simple: Partial<Case>): Pass {
  return (from) => (isWorthIt(from) ? [() => ({ ...from, ...simple })] : []);
}

function withoutPartsThatEndWith(end: RegExp): Pass {
  return (from) => {
    const ends = [...from.bytes.matchAll(end)].map(({ index, 0: { length } }) => index + length);
    return ends.map((stop, i) => () => without(from, ends[i - 1] ?? 0, stop));
  };
}

function withoutLines(count: number): Pass {
  return withoutPartsThatEndWith(new RegExp(`(?:[^\\n]*\\n){1,${count}}`, 'g'));
}

/** What a size in hexadecimal at the beginning of a line counts, with it. */
function withoutChunks(from: Case): readonly (() => Case)[] {
  return [...from.bytes.matchAll(/(?<=\n)([0-9a-f]+)[^\r\n]*\r\n/gi)].map(({ index, 0: line, 1: size }) => {
    const end = index + line.length + Number.parseInt(size!, 16) + 2;
    return () => without(from, index, end);
  });
}

function withoutPartsOf(size: number): Pass {
  return (from) => {
    const count = Math.ceil(from.bytes.length / size);
    return Array.from({ length: count }, (_, i) => () => without(from, i * size, (i + 1) * size));
  };
}

function without(from: Case, start: number, end: number): Case {
  const stop = Math.min(end, from.bytes.length);
  const cuts = new Map<number, Cut>();
  for (const { at, wait } of from.cuts) {
    const moved = at <= start ? at : Math.max(start, at - (stop - start));
    cuts.set(moved, { at: moved, wait });
  }
  return { ...from, bytes: from.bytes.slice(0, start) + from.bytes.slice(stop), cuts: [...cuts.values()] };
}

function withTurn(from: Case, nth: number): Case {
  return { ...from, cuts: from.cuts.map(({ at, wait }, i) => ({ at, wait: i === nth ? 'turn' : wait })) };
}

function replaced(from: Case, nth: number, answer: Answer): Case {
  return { ...from, answers: from.answers.map((other, i) => (i === nth ? answer : other)) };
}

function simplerAnswers(answer: Answer): readonly Answer[] {
  if (answer === PLAIN_ANSWER) return [];
  const lines = answer.head.split('\r\n');
  return [
    PLAIN_ANSWER,
    ...(answer.isEarly ? [{ ...answer, isEarly: false }] : []),
    ...(answer.interim === '' ? [] : [{ ...answer, interim: '' }]),
    ...(answer.extra === '' ? [] : [{ ...answer, extra: '' }]),
    ...(answer.cuts.length === 0 ? [] : [{ ...answer, cuts: [] }]),
    ...(answer.afterwards === 'keep' ? [] : [{ ...answer, afterwards: 'keep' as const }]),
    ...simplerBodies(answer.body).map((body) => ({ ...answer, body })),
    ...lines.flatMap((line, i) =>
      i === 0 || line === '' ? [] : [{ ...answer, head: lines.filter((_, j) => j !== i).join('\r\n') }],
    ),
  ];
}

/** Without its second half or its first; of not too many lines, without each. */
function simplerBodies(body: string): readonly string[] {
  if (body === '') return [];
  const half = body.length >> 1;
  const lines = body.split(/(?<=\r\n)/);
  const shorter = lines.length > 40 ? [] : lines.map((_, i) => lines.filter((_line, j) => j !== i).join(''));
  return ['', body.slice(0, half), body.slice(half), ...shorter];
}
