import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Account } from './account.ts';
import { responseFields } from './fields.ts';
import { tunnel } from './tunnel.ts';

/** What an upgraded connection is handed to. */
export interface Upgrade {
  readonly protocol: string;
  /** The server answers as to any request: what else the client sends is of no use, but its end must be noticed. */
  declined(): void;
  /** `setCookie` is added to the server's response where it is not null. */
  switched(
    response: IncomingMessage,
    serverSocket: Socket,
    firstBytes: Buffer,
    setCookie: string | null,
    account: Account,
  ): void;
}

/** The protocol that a request may be upgraded to, in the client's spelling; null where it is to be answered normally. */
export function upgradeOf(request: IncomingMessage, allowed: readonly string[]): string | null {
  const protocol = request.headers.upgrade ?? '';
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const isAllowed = allowed.includes(protocol.toLowerCase());
  return isAllowed && request.method === 'GET' && request.httpVersion === '1.1' && !hasBody ? protocol : null;
}

/**
 * A response object for a connection that Node took out of its hands for an upgrade, so that an answer other than 101 is
 * written as any other. It closes the connection when it is done.
 */
export function responseForUpgrade(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // Node's server does this for the connections that it keeps.
  socket.on('drain', () => response.emit('drain'));
  response.on('finish', () => socket.destroySoon());
  return response;
}

/** Completes an upgrade: the server's 101 goes to the client, then the two connections are joined. */
export function upgradeTo(
  protocol: string,
  socket: Socket,
  response: ServerResponse,
  firstClientBytes: Buffer,
  silenceMs: number,
): Upgrade {
  return {
    protocol,
    declined(): void {
      socket.on('end', () => socket.destroy());
      socket.resume();
    },
    switched(answer, serverSocket, firstServerBytes, setCookie, account): void {
      response.detachSocket(socket);
      const fields = responseFields(answer.rawHeaders, {
        status: 101,
        clientVersion: '1.1',
        upgrade: protocol,
        setCookie,
      });
      let head = 'HTTP/1.1 101 Switching Protocols\r\n';
      for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
      socket.write(`${head}\r\n`, 'latin1');
      if (firstServerBytes.length > 0) serverSocket.unshift(firstServerBytes);
      if (firstClientBytes.length > 0) socket.unshift(firstClientBytes);
      tunnel(socket, serverSocket, silenceMs, account);
    },
  };
}
