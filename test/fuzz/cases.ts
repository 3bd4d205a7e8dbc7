import { goodAnswerFrom } from './answers.ts';
import { badAnswerFrom } from './badAnswers.ts';
import {
  MARKER,
  SETTINGS_NAMES,
  TABLE_NAMES,
  type Answer,
  type Case,
  type Cut,
  type Ending,
} from './case.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { requestFrom } from './requests.ts';

const ENDINGS: readonly (readonly [number, Ending])[] = [
  [6, 'marker'],
  [3, 'half-close'],
  [1, 'reset'],
];

const BETWEEN = ['\r\n', '\r\n\r\n', '\n', '\r', 'garbage\r\n\r\n', '\0', ' ', 'x', '0\r\n\r\n'];

/** The case of that number: the same for the same seed. */
export function caseOf(seed: number, nth: number): Case {
  const random = new Random(seed, nth);
  // A client that waits before each piece, so that servers may answer before they have all of a request.
  const isPatient = random.percent(12);
  const { text, pauses, isSingle } = streamFrom(random);
  const bytes = cutOffAtTimes(random, random.percent(15) ? mutate(random, text) : text);
  const answers = Array.from({ length: random.between(1, 5) }, () => answerFrom(random, isPatient, isSingle));
  return {
    settings: random.weighted([
      [6, SETTINGS_NAMES[0]],
      [2, SETTINGS_NAMES[1]],
      [1, SETTINGS_NAMES[2]],
    ]),
    // Each lane has a pool of its own: where a server ends a connection that may be in one of them, it matters which it is.
    reuse: answers.every(({ afterwards }) => afterwards === 'keep'),
    table: random.percent(35) ? 'plain' : random.pick(TABLE_NAMES),
    bytes,
    cuts: cutsFrom(random, bytes, pauses, isPatient),
    ending: random.weighted(ENDINGS),
    answers,
  };
}

function streamFrom(random: Random): { text: string; pauses: readonly number[]; isSingle: boolean } {
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [2, 3],
    [1, 6],
  ]);
  let text = '';
  const pauses: number[] = [];
  for (let i = 0; i < count; i += 1) {
    if (random.percent(3)) text += random.pick(random.percent(70) ? BETWEEN.slice(0, 2) : BETWEEN);
    if (i > 0) pauses.push(text.length);
    const sent = requestFrom(random);
    pauses.push(...sent.pauses.map((at) => at + text.length));
    text += sent.text;
  }
  const hasMarker = random.percent(30);
  if (hasMarker) text += MARKER;
  return { text, pauses, isSingle: count === 1 && !hasMarker };
}

/** Most streams end where a request does. */
function cutOffAtTimes(random: Random, text: string): string {
  return random.percent(6) ? text.slice(0, random.below(text.length)) : text;
}

function cutsFrom(
  random: Random,
  { length }: string,
  pauses: readonly number[],
  isPatient: boolean,
): readonly Cut[] {
  const count = random.weighted([
    [5, 0],
    [3, 1],
    [3, 3],
    [1, 10],
  ]);
  const places = new Set(random.places(count, length));
  for (const at of pauses) if (isPatient || random.percent(15)) places.add(at);
  return [...places]
    .filter((at) => at > 0 && at < length)
    .sort((a, b) => a - b)
    .map((at) => ({ at, wait: isPatient || random.percent(10) ? 'quiet' : 'turn' }));
}

/**
 * How a server answers a request; `mayBeEarly` where its client waits for that. `mayHold`: it may let its client go before it answers. Whether
 * that is noticed depends on how much is read of requests behind it.
 */
function answerFrom(random: Random, mayBeEarly: boolean, mayHold: boolean): Answer {
  const made = random.percent(12) ? badAnswerFrom(random, mayHold) : goodAnswerFrom(random);
  return mayBeEarly && random.percent(40) ? { ...made, isEarly: true } : made;
}
