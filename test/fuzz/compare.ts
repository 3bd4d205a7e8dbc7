import type { Field } from '../support/httpMessage.ts';
import type { Seen } from './track.ts';
import { linesOf, transcriptOf, type Told, type Transcript } from './transcript.ts';

/** Where two lanes did not do the same. */
export interface Difference {
  /** In a few words: what is the same in all cases that differ by the same fault. */
  readonly kind: string;
  /** The first line that differs, of each lane; empty where it has none. */
  readonly first: readonly [string, string];
  /** All that was compared, of each lane. */
  readonly lines: readonly [readonly string[], readonly string[]];
  /** What own answers said, of each lane: for who reads it, not compared. */
  readonly said: readonly [readonly string[], readonly string[]];
}

/** Where the lanes may differ. Everything else must be the same, in bytes and in order. */
const ALLOWED = {
  /** Hop by hop: each lane tells its own connection how long it is kept (RFC 9110 §7.6.1). Whether it was kept is compared by what happened. */
  hopFields: (fields: readonly Field[]) =>
    fields.filter(
      ([name, value]) =>
        !/^(?:connection|keep-alive)$/i.test(name) || (/upgrade/i.test(value) && name !== 'Keep-Alive'),
    ),
  /** Made for each request. One that a trusted peer sent is no UUID in our cases, and is compared. */
  requestId: ([name, value]: Field): Field =>
    /^x-request-id$/i.test(name) && UUID.test(value) ? [name, '<made>'] : [name, value],
  /** Own answers may tell the time. Dates that servers send are of long ago in our cases, and are compared. */
  date: ([name, value]: Field) => name !== 'Date' || Math.abs(Date.parse(value) - Date.now()) > 86_400_000,
  /** Node writes words of its own for an interim response; they mean nothing (RFC 9112 §4). */
  wordsOf1xx: (told: Told): Told => ({
    ...told,
    startLine: told.startLine.replace(/^(HTTP\/1\.1 1\d\d) .*$/, '$1 <words>'),
  }),
  /** Nor do fields of a 100, which Node cannot write. */
  fieldsOf100: (told: Told): Told =>
    told.startLine.startsWith('HTTP/1.1 100 ') ? { ...told, fields: [] } : told,
  /** What exactly is wrong with a malformed request or response is told in the words of the parser that found it. */
  wordsOfParsers: (told: Told): Told => {
    if (!isOwnAnswer(told, /^HTTP\/1\.1 (?:400|502) /)) return told;
    const fields = told.fields.filter(([name]) => name !== 'Content-Length');
    const body = told.body.toString('latin1').replace(/^(\d+ [^:]+: ).*\n$/, '$1<words>');
    return { ...told, fields, body: Buffer.from(body, 'latin1') };
  },
  /**
   * Bytes behind a request that begin no other: the full lane tells a version that it does not speak from garbage only where they come in a
   * packet of their own, since Node's parser has them otherwise.
   */
  versionOfGarbage: (told: Told, nth: number): Told =>
    nth > 0 && isOwnAnswer(told, /^HTTP\/1\.1 505 /)
      ? {
          ...told,
          startLine: 'HTTP/1.1 400 Bad Request',
          fields: told.fields.filter(([name]) => name !== 'Content-Length'),
          body: Buffer.from('400 Bad Request: <words>'),
        }
      : told,
} as const;

const CLOSED = 'the proxy closed the connection';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Of a request whose body turned out to be broken or too large, how much a server has got by then depends on how the bytes were put
 * together into packets, and the request is withdrawn: one lane's part must be the beginning of the other's.
 */
const WITHDRAWN = /^HTTP\/1\.1 (?:400|413|431) /;

/** Compares what was seen on two lanes; null: they did the same, and nothing that neither may do. */
export function differenceOf(one: Seen, other: Seen): Difference | null {
  const [a, b] = [transcriptOf(one), transcriptOf(other)];
  const said = [saidIn(a), saidIn(b)] as const;
  const [linesA, linesB] = [a, cutAlike(a, faultAlike(a, withdrawnAlike(a, b)))].map(comparedLines) as [
    string[],
    string[],
  ];
  const at = linesA.findIndex((line, i) => line !== linesB[i]);
  if (at === -1 && linesA.length === linesB.length) {
    const fault = linesA.find((line) => /^(?:VIOLATION|HUNG|LEFT)/.test(line));
    return fault === undefined
      ? null
      : { kind: `both: ${kindOf(fault)}`, first: [fault, fault], lines: [linesA, linesB], said };
  }
  const from = at === -1 ? linesA.length : at;
  const first = [linesA[from] ?? '', linesB[from] ?? ''] as const;
  // Where one has a line more, that of the other is not what is wrong.
  const telling = [linesB, linesA].map((others, i) => (others.includes(first[i]!) ? '' : kindOf(first[i]!)));
  return { kind: telling.join(' | '), first, lines: [linesA, linesB], said };
}

function saidIn({ responses }: Transcript): readonly string[] {
  return responses.filter((told) => isOwnAnswer(told, /./)).map(({ body }) => body.toString('latin1').trim());
}

function comparedLines({ requests, responses, rest }: Transcript): readonly string[] {
  const answers = responses.map(ALLOWED.versionOfGarbage);
  return [...[...requests, ...answers].flatMap((told) => linesOf(compared(told))), ...rest];
}

function compared(told: Told): Told {
  const own = ALLOWED.fieldsOf100(ALLOWED.wordsOf1xx(ALLOWED.wordsOfParsers(told)));
  return { ...own, fields: ALLOWED.hopFields(own.fields).map(ALLOWED.requestId).filter(ALLOWED.date) };
}

/** `b`, with the request that was withdrawn as `a` has it where the two differ in nothing but how far it got. */
function withdrawnAlike(a: Transcript, b: Transcript): Transcript {
  const isWithdrawn = [a, b].every(({ responses }) => isOwnAnswer(responses.at(-1), WITHDRAWN));
  if (!isWithdrawn) return b;
  const count = Math.max(a.requests.length, b.requests.length);
  const [lastA, lastB] = [a.requests[count - 1], b.requests[count - 1]];
  if (lastA?.isComplete === true || lastB?.isComplete === true) return b;
  if (lastA === undefined || lastB === undefined) {
    if (Math.min(a.requests.length, b.requests.length) !== count - 1) return b;
    return { ...b, requests: [...b.requests.slice(0, count - 1), ...(lastA === undefined ? [] : [lastA])] };
  }
  const length = Math.min(lastA.body.length, lastB.body.length);
  if (!lastA.body.subarray(0, length).equals(lastB.body.subarray(0, length))) return b;
  return { ...b, requests: [...b.requests.slice(0, -1), { ...lastB, body: lastA.body }] };
}

/** What is told of a request whose body is broken or too large, and what may be wrong with it besides, or with the servers. */
const BODY_FAULT = /^HTTP\/1\.1 (?:400|413|431) /;
const ANY_FAULT = /^HTTP\/1\.1 (?:4|50)/;

/**
 * `b`, with the last response as `a` has it where the request has two faults: which of them is found first depends on packets. The connection
 * is closed in either case, since what follows a broken body cannot be found.
 */
function faultAlike(a: Transcript, b: Transcript): Transcript {
  const [lastA, lastB] = [a.responses.at(-1), b.responses.at(-1)];
  const areFaults = [lastA, lastB].every((last) => isOwnAnswer(last, ANY_FAULT));
  const isOfBody = [lastA, lastB].some((last) => isOwnAnswer(last, BODY_FAULT));
  const areClosed = [a, b].every(({ rest }) => rest[0] === CLOSED);
  const areAsMany = a.responses.length === b.responses.length && a.requests.length === b.requests.length;
  if (!areFaults || !isOfBody || !areClosed || !areAsMany || lastA === undefined) return b;
  return { ...b, responses: [...b.responses.slice(0, -1), lastA] };
}

/**
 * `b`, with the last response as `a` has it where both connections were cut in the middle of it: how much of it the client got by then,
 * perhaps nothing, depends on how its bytes were put together into packets.
 */
function cutAlike(a: Transcript, b: Transcript): Transcript {
  const areCut = [a, b].every(({ rest }) => rest[0] === CLOSED);
  const count = Math.max(a.responses.length, b.responses.length);
  const [lastA, lastB] = [a.responses[count - 1], b.responses[count - 1]];
  if (!areCut || lastA?.isComplete === true || lastB?.isComplete === true) return b;
  if (lastA === undefined || lastB === undefined) {
    if (Math.min(a.responses.length, b.responses.length) !== count - 1) return b;
    return {
      ...b,
      responses: [...b.responses.slice(0, count - 1), ...(lastA === undefined ? [] : [lastA])],
      rest: a.rest,
    };
  }
  const length = Math.min(lastA.body.length, lastB.body.length);
  if (!lastA.body.subarray(0, length).equals(lastB.body.subarray(0, length))) return b;
  return { ...b, responses: [...b.responses.slice(0, -1), { ...lastB, body: lastA.body }], rest: a.rest };
}

function isOwnAnswer(told: Told | undefined, startLine: RegExp): boolean {
  return (
    told !== undefined &&
    startLine.test(told.startLine) &&
    told.fields.some(([name, value]) => name === 'X-Request-Id' && value !== '') &&
    !told.fields.some(([name]) => name === 'X-Answer')
  );
}

/** A line without what differs from case to case. */
function kindOf(line: string): string {
  const status = /^response \d+: HTTP\/\S+ (\d+)/.exec(line)?.[1];
  if (status !== undefined) return `response ${status}`;
  if (line.startsWith('request ')) return 'request';
  return line
    .trim()
    .replace(/".*$/, '')
    .replace(/^([^:[]+):.*$/, 'field $1')
    .replace(/\d+/g, 'n');
}
