import { portOf } from '../fields.ts';
import { outgoingRequest } from '../outgoing.ts';
import type { Routed } from '../router.ts';
import type { ServerTraffic } from '../../traffic/serverTraffic.ts';
import type { ByteWriter } from './byteWriter.ts';
import type { RequestScanner } from './requestScanner.ts';
import type { ToldClient, ToldClients } from './toldClients.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Makes the heads that servers are sent of one client connection's requests. Where only lines have to be left out and added, the
 * client's bytes are copied; `proxy/fields.ts` says which, and for all that is less common it makes the fields itself.
 */
export class OutgoingHeads {
  readonly #serverName: string;
  readonly #clients: ToldClients;
  /** Of the last request. */
  #told: ToldClient | null = null;

  constructor(serverName: string, clients: ToldClients) {
    this.#serverName = serverName;
    this.#clients = clients;
  }

  /** Whether the head is the same for all servers, and its lines can be copied. */
  isSameForAll({ peer, match }: Routed): boolean {
    return !peer.isTrusted && match.terms.passHostHeader;
  }

  /** Writes the head that was scanned last, whose first byte is at `start`. To be called before the next scan. */
  copy(to: ByteWriter, routed: Routed, scanner: RequestScanner, bytes: Buffer, start: number): void {
    const { head, sent } = routed;
    let from = start;
    if (sent.target !== head.target) {
      to.text(`${head.method} ${sent.target} HTTP/1.1\r\n`);
      from = scanner.fieldsAt;
    }
    for (let cut = 0; cut < 2 * scanner.cutCount; cut += 2) {
      to.copy(bytes, from, scanner.cuts[cut] as number);
      from = scanner.cuts[cut + 1] as number;
    }
    to.copy(bytes, from, scanner.fieldsEnd);
    if (head.framing === 'chunked') to.text('Transfer-Encoding: chunked\r\n');
    else if (head.framing === 'none' && usuallyHasBody(head.method)) to.text('Content-Length: 0\r\n');
    const { before, after } = this.#toldOf(routed);
    to.copy(before, 0, before.length);
    to.copy(bytes, scanner.authorityAt, scanner.authorityEnd);
    to.copy(after, 0, after.length);
    to.text(routed.requestId);
    if (sent.prefix !== null) to.text(`\r\nX-Forwarded-Prefix: ${sent.prefix}`);
    to.copy(END_OF_HEAD, 0, END_OF_HEAD.length);
  }

  /** Writes the head for this server, field by field. */
  make(to: ByteWriter, routed: Routed, server: ServerTraffic): void {
    const { method, target, fields } = outgoingRequest(routed, server, this.#serverName, null);
    let text = `${method} ${target} HTTP/1.1\r\n`;
    for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
    to.text(`${text}\r\n`);
  }

  #toldOf({ head, peer }: Routed): ToldClient {
    const port = portOf(head.authority, peer.scheme);
    if (this.#told?.port !== port) this.#told = this.#clients.of(peer, port, this.#serverName);
    return this.#told;
  }
}

function usuallyHasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
