import { Account } from '../account.ts';
import type { Peer } from '../fields.ts';
import type { Routed, Unroutable } from '../router.ts';
import type { ClientContext } from './clientConnection.ts';
import { FastHead } from './fastHead.ts';
import { KEPT_BYTES, OutgoingBody } from './outgoingBody.ts';
import { OutgoingHeads } from './outgoingHead.ts';

/** A head that comes in more pieces is the full lane's: its parser does not begin anew with each of them. */
const MAX_HEAD_PIECES = 8;
const NOTHING = Buffer.alloc(0);
/** What a target and its prefix are made of where they were rewritten. */
const SENDABLE = /^[\x21-\x7e]*$/;

/** A request whose head is read and routed. */
export interface FastRequest {
  readonly routed: Routed | Unroutable;
  readonly account: Account;
  /** Whether its client wants no other request on this connection. */
  readonly closes: boolean;
  /** What every server is sent first, in one write: the head, unless `ownHeads`, and perhaps the beginning of the body. */
  readonly opening: Buffer;
  /** Whether each server is sent a head of its own before that. */
  readonly ownHeads: boolean;
  /** Null where it has none. */
  readonly body: OutgoingBody | null;
  /** What came behind what was read. */
  readonly rest: Buffer;
}

/** Reads the requests of one client connection, one after the other. */
export class RequestReader {
  readonly heads: OutgoingHeads;
  readonly #context: ClientContext;
  readonly #peer: Peer;
  #pieces = 0;

  constructor(remoteAddress: string | undefined, context: ClientContext) {
    this.#context = context;
    this.#peer = context.router.peerAt(remoteAddress);
    this.heads = new OutgoingHeads(context.lane.serverName, context.tools.told);
  }

  /**
   * Reads the request that these bytes begin with. `incomplete`: more of its head is to come, and nothing was taken. `uncertain`: it is the
   * full lane's; nothing was taken and no account opened.
   */
  read(bytes: Buffer): FastRequest | 'incomplete' | 'uncertain' {
    const { tools, router, lane, ledger } = this.#context;
    const { limits } = lane.settings;
    const scanner = tools.requestScanner;
    const scan = scanner.scan(bytes, 0, bytes.length);
    if (scan === 'incomplete') {
      this.#pieces += 1;
      return this.#pieces > MAX_HEAD_PIECES || bytes.length > limits.headerBytes ? 'uncertain' : 'incomplete';
    }
    const host = scan === 'whole' ? scanner.host : null;
    if (host === null || scanner.end > limits.headerBytes) return 'uncertain';
    const head = new FastHead(scanner, bytes, host);
    const routed = router.routeHead(head, head, this.#peer);
    if (routed.kind === 'routed' && !isPlain(routed)) return 'uncertain';
    this.#pieces = 0;
    const account = new Account(ledger, routed);
    const body = head.framing === 'none' ? null : new OutgoingBody(head, limits);
    const { closes, end } = scanner;
    if (routed.kind === 'unroutable') {
      return { routed, account, closes, opening: bytes, ownHeads: false, body, rest: restOf(bytes, end) };
    }
    const ownHeads = !this.heads.isSameForAll(routed);
    if (!ownHeads) this.heads.copy(tools.writer, routed, scanner, bytes, 0);
    // With the first of the body, so that both go out in one write.
    const restAt =
      body === null ? end : body.pass(bytes, end, Math.min(bytes.length, end + KEPT_BYTES), tools.writer);
    const opening = tools.writer.take();
    return { routed, account, closes, opening, ownHeads, body, rest: restOf(bytes, restAt) };
  }
}

/** Whether the fast lane can do what is asked of it. */
function isPlain({ traffic, head, sent }: Routed): boolean {
  if (traffic.speaksTls) return false;
  return sent.target === head.target || SENDABLE.test(sent.target + (sent.prefix ?? ''));
}

/** Nearly always there is none. */
function restOf(bytes: Buffer, at: number): Buffer {
  return at === bytes.length ? NOTHING : bytes.subarray(at);
}
