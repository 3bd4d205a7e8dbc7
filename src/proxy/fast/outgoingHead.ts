import { requestFields } from '../fields.ts';
import { outgoingRequest } from '../outgoing.ts';
import type { Routed } from '../router.ts';
import type { ServerTraffic } from '../../traffic/serverTraffic.ts';
import type { ByteWriter } from './byteWriter.ts';
import type { RequestScanner } from './requestScanner.ts';

/** What is told to servers of one client under one authority, up to the request id. */
interface Told {
  readonly authority: string;
  /** A string, since small buffers are parts of larger ones, which an idle connection would hold on to. */
  readonly text: string;
}

/**
 * Makes the heads that servers are sent of one client connection's requests. Where only lines have to be left out and added, the
 * client's bytes are copied; `proxy/fields.ts` says which, and for all that is less common it makes the fields itself.
 */
export class OutgoingHeads {
  readonly #serverName: string;
  #told: Told = { authority: '', text: '' };

  constructor(serverName: string) {
    this.#serverName = serverName;
  }

  /** Whether the head is the same for all servers, and its lines can be copied. */
  canCopy({ peer, match }: Routed): boolean {
    return !peer.isTrusted && match.route.passHostHeader;
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
    to.text(this.#toldOf(routed));
    to.text(`${routed.requestId}\r\n${prefixLine(sent.prefix)}\r\n`);
  }

  /** Writes the head for this server, field by field. */
  make(to: ByteWriter, routed: Routed, server: ServerTraffic): void {
    const { method, target, fields } = outgoingRequest(routed, server, this.#serverName, null);
    let text = `${method} ${target} HTTP/1.1\r\n`;
    for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
    to.text(`${text}\r\n`);
  }

  #toldOf({ head, peer }: Routed): string {
    if (this.#told.authority === head.authority) return this.#told.text;
    // Of a request without fields of its own, all that is left is what we add.
    const bare = { ...head, method: 'GET', framing: 'none', fields: [], authority: head.authority } as const;
    const fields = requestFields(bare, {
      peer,
      requestId: '',
      serverName: this.#serverName,
      hostOverride: null,
      upgrade: null,
    });
    let text = '';
    for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
    // The request id comes last, and is each request's own.
    this.#told = { authority: head.authority, text: text.slice(0, -'\r\n'.length) };
    return this.#told.text;
  }
}

function usuallyHasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

function prefixLine(prefix: string | null): string {
  return prefix === null ? '' : `X-Forwarded-Prefix: ${prefix}\r\n`;
}
