import { PLAIN_ANSWER, piecesOf, type Answer, type Case, type Cut } from './case.ts';
import type { Difference } from './compare.ts';

/** Lines that are shown before the first that differs, and from it on. */
const LINES_BEFORE = 12;
const LINES_BEHIND = 30;
/** Of long lines, and of many lines that are sent, the middle is not shown. */
const SHOWN_BYTES = 200;
const SHOWN_LINES = 24;

/** Tells a difference so that it can be understood without looking at the code. `names`: what the lanes are called. */
export function describeDifference(
  difference: Difference,
  shown: Case,
  names: readonly [string, string],
): string {
  const { lines, first, said } = difference;
  return [
    describeCase(shown),
    '',
    ...names.flatMap((name, i) => [
      `On the ${name}:`,
      ...around(lines[i]!, lines[1 - i]!).map((line) => `  ${line}`),
      ...said[i]!.map((text) => `  it said: ${text}`),
      '',
    ]),
    'First difference:',
    ...names.map((name, i) => `  ${name}: ${first[i] === '' ? '(nothing)' : first[i]!.trim()}`),
  ].join('\n');
}

/** Tells what a case does: what is sent and answered, in writes. */
export function describeCase({ settings, reuse, table, bytes, cuts, ending, answers }: Case): string {
  const ends = {
    marker: 'sends GET /end and closes',
    'half-close': 'ends its side',
    reset: 'resets the connection',
  };
  return [
    `Settings: ${settings}${reuse ? '' : ', no connection to a server is kept'}; table: ${table}.`,
    `The client sends${cuts.length === 0 ? '' : `, in ${cuts.length + 1} writes`}:`,
    ...piecesLines(bytes, cuts),
    `and ${ends[ending]} when nothing happens any more, unless the proxy has closed it.`,
    ...answers.flatMap((answer, i) => [
      `A server answers request ${i}${timing(answer)}:`,
      ...answerLines(answer),
    ]),
    'All other requests are answered 200 with Content-Length.',
  ].join('\n');
}

function timing({ isEarly, interim }: Answer): string {
  const early = isEarly ? ' as soon as it stalls, whole or not' : '';
  return interim === '' ? early : `${early}, after ${quoted(interim)} as soon as its head is there`;
}

function answerLines(answer: Answer): readonly string[] {
  if (answer === PLAIN_ANSWER) return ['    plainly'];
  const ends = {
    keep: [],
    hold: ['    not at all'],
    end: ['    ── quiet ──', '    and ends the connection'],
    reset: ['    ── quiet ──', '    and resets the connection'],
  };
  const written = answer.afterwards === 'hold' ? [] : piecesLines(answer.head + answer.body, answer.cuts);
  const extra = answer.extra === '' ? [] : [`    in the last write also: ${quoted(answer.extra)}`];
  return [...written, ...extra, ...ends[answer.afterwards]];
}

/** Each line of the bytes on a line of its own, with a line between two writes. */
function piecesLines(text: string, cuts: readonly Cut[]): readonly string[] {
  return piecesOf(text, cuts).flatMap((piece, i) => [
    ...(i === 0 && piece.wait === 'turn'
      ? []
      : [piece.wait === 'quiet' ? '    ── quiet ──' : '    ── next turn ──']),
    ...(piece.text === '' ? ['    (nothing)'] : quotedLines(piece.text)),
  ]);
}

function quotedLines(text: string): readonly string[] {
  const lines = text.split(/(?<=\n)/).map((line) => `    ${quoted(shortened(line))}`);
  return lines.length <= SHOWN_LINES
    ? lines
    : [
        ...lines.slice(0, SHOWN_LINES / 2),
        `    … ${lines.length - SHOWN_LINES} lines …`,
        ...lines.slice(-SHOWN_LINES / 2),
      ];
}

function shortened(line: string): string {
  return line.length <= SHOWN_BYTES
    ? line
    : `${line.slice(0, SHOWN_BYTES / 2)}… ${line.length - SHOWN_BYTES} bytes …${line.slice(-SHOWN_BYTES / 2)}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\xff]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The lines near the first that differs, which is marked. */
function around(lines: readonly string[], others: readonly string[]): readonly string[] {
  const found = lines.findIndex((line, i) => line !== others[i]);
  const at = found === -1 ? lines.length : found;
  const from = Math.max(0, at - LINES_BEFORE);
  const shown = lines
    .slice(from, at + LINES_BEHIND)
    .map((line, i) => `${from + i === at ? '►' : ' '} ${line}`);
  return [
    ...(from > 0 ? [`  … ${from} lines that are the same`] : []),
    ...shown,
    ...(at + LINES_BEHIND < lines.length ? [`  … ${lines.length - at - LINES_BEHIND} more lines`] : []),
  ];
}
