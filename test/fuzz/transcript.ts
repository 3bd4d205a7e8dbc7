import { createHash } from 'node:crypto';
import {
  declaredFraming,
  type Field,
  type Framing,
  type Head,
  type Message,
} from '../support/httpMessage.ts';
import { MessageReader } from '../support/messageReader.ts';
import { ANSWER_NUMBER, digitOf } from './case.ts';
import type { ServedRequest } from './scriptedServer.ts';
import type { Seen } from './track.ts';

/** Of longer bodies only the beginning is shown, and a hash of the whole. */
const SHOWN_BYTES = 80;

/** One message, told in lines that can be compared and read. */
export interface Told {
  readonly title: string;
  readonly startLine: string;
  readonly fields: readonly Field[];
  /** How the body was framed, told only where the fields do not. */
  readonly framing: string;
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  readonly isComplete: boolean;
}

/** All that was seen of a case, as messages and lines. */
export interface Transcript {
  readonly requests: readonly Told[];
  readonly responses: readonly Told[];
  /** How the connection ended, and all that should not have been. */
  readonly rest: readonly string[];
}

/** Tells what was seen. What depends on ports has its name in it. */
export function transcriptOf(seen: Seen): Transcript {
  const { messages, rest } = readResponses(seen);
  const end = { closed: 'the proxy closed the connection', kept: 'the connection was kept', hung: 'HUNG' };
  return {
    requests: seen.requests.map((request, i) => toldRequest(request, i, seen)),
    responses: messages.map((message, i) => tell(`response ${i}`, message, seen)),
    rest: [
      end[seen.received.connection],
      ...(rest === '' ? [] : [`client got besides: ${JSON.stringify(rest)}`]),
      ...(seen.tunnelled === '' ? [] : [`servers got besides: ${JSON.stringify(seen.tunnelled)}`]),
      ...seen.violations.map((violation) => `VIOLATION ${violation}`),
      ...(seen.leftNothing ? [] : ['LEFT a connection to a server open']),
    ],
  };
}

/** The lines of a message. */
export function linesOf(told: Told): readonly string[] {
  const { title, startLine, fields, framing, body, trailers, isComplete } = told;
  return [
    `${title}: ${startLine}`,
    ...fields.map(([name, value]) => `  ${name}: ${show(value)}`),
    `  [body ${framing}] ${showBody(body)}`,
    ...trailers.map(([name, value]) => `  [trailer] ${name}: ${show(value)}`),
    isComplete ? '  [complete]' : '  [INCOMPLETE]',
  ];
}

function toldRequest({ server, message }: ServedRequest, nth: number, seen: Seen): Told {
  return tell(`request ${nth} at server ${server + 1}`, message, seen);
}

function tell(title: string, message: Message, { names }: Seen): Told {
  const named = (text: string): string =>
    names.reduce(
      (known, [part, name]) => (known.includes(part) ? known.replaceAll(part, name) : known),
      text,
    );
  const { startLine, fields, framing, body, trailers, complete } = message;
  return {
    title,
    startLine,
    fields: fields.map(([name, value]) => [name, named(value)]),
    framing: framing.kind,
    body,
    trailers,
    isComplete: complete,
  };
}

/** Reads what a client got: which of the responses have no body is known by the request that they answer. */
function readResponses(seen: Seen): { messages: readonly Message[]; rest: string } {
  const { bytes, connection } = seen.received;
  const reader: MessageReader = new MessageReader({
    framingOf: (head) => responseFraming(head, reader.pending, seen.requests),
  });
  try {
    reader.push(bytes);
  } catch (error) {
    return { messages: reader.messages, rest: `${String(error)} before ${pendingOf(reader)}` };
  }
  if (connection !== 'hung') reader.end();
  return { messages: reader.messages, rest: pendingOf(reader) };
}

function pendingOf({ pending }: MessageReader): string {
  return pending.toString('latin1', 0, 300);
}

function responseFraming(head: Head, behind: Buffer, requests: readonly ServedRequest[]): Framing {
  const status = head.startLine.slice(9, 12);
  if (status === '101') return { kind: 'tunnel' };
  const declared = declaredFraming(head);
  if (status.startsWith('1') || status === '204' || status === '304') return { kind: 'none' };
  const nth = new RegExp(`^${ANSWER_NUMBER.slice(0, -1)}([0-9a-z])\r$`, 'm').exec(head.text)?.[1];
  // An own answer: whether it is one to a HEAD is seen by its body, which begins with the status.
  const isBodiless =
    nth === undefined
      ? !behind.toString('latin1', 0, 3).startsWith(status)
      : requests.some(({ message }, i) => digitOf(i) === nth && message.startLine.startsWith('HEAD '));
  return isBodiless ? { kind: 'none' } : (declared ?? { kind: 'close' });
}

function show(value: string): string {
  return value.length <= 200
    ? JSON.stringify(value).slice(1, -1)
    : `${JSON.stringify(value.slice(0, 60)).slice(1, -1)}… (${value.length} bytes, sha1 ${hash(Buffer.from(value, 'latin1'))})`;
}

function showBody(body: Buffer): string {
  const text = JSON.stringify(body.toString('latin1', 0, SHOWN_BYTES));
  return body.length <= SHOWN_BYTES ? text : `${text}… (${body.length} bytes, sha1 ${hash(body)})`;
}

function hash(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex').slice(0, 12);
}
