import { createServer, type AddressInfo, type Server } from 'node:net';

/** A port that cannot be listened on. `setting` names what to change, e.g. `LB_HTTP_PORT`. */
export class ListenError extends Error {
  readonly code: string;

  constructor(code: string, bind: string | null, port: number, setting: string) {
    const where = `${setting} is ${port}${bind === null ? '' : `, on ${bind}`}`;
    super(`${explain(code, port, setting.replace(/PORT$/, 'BIND'))} (${where})`);
    this.name = 'ListenError';
    this.code = code;
  }
}

function explain(code: string, port: number, bindSetting: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken by another process; stop it or choose another port`;
    case 'EACCES':
      return `port ${port} may not be opened by this user; choose one above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `this machine does not have that address; set ${bindSetting} to one that it has, or leave it empty`;
    default:
      return `cannot listen (${code})`;
  }
}

/** Where to listen. */
export interface ListenAt {
  /** 0: any that is free. */
  readonly port: number;
  /** Null: all addresses, IPv6 and IPv4, or IPv4 alone where the machine has no IPv6. */
  readonly bind: string | null;
  /** What to change where that is not possible, e.g. `LB_HTTP_PORT`. */
  readonly setting: string;
  /** Whether others, who do the same, may listen there too; each connection is for one of them. */
  readonly sharesPort?: boolean;
}

/**
 * Whether several threads can each listen on the same port: Linux spreads the connections, and Node hands the option on from 22.12 and
 * 23.1 on.
 */
export function canSharePort(node = process.versions.node, platform = process.platform): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isNewEnough = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
  return platform === 'linux' && isNewEnough;
}

/**
 * Listens and resolves with the address and port that were bound.
 *
 * @throws ListenError
 */
export async function listenOn(server: Server, at: ListenAt): Promise<AddressInfo> {
  const { port, bind, setting } = at;
  try {
    return await listenOnce(server, at, bind ?? '::');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (bind === null && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      return listenOn(server, { ...at, bind: '0.0.0.0' });
    }
    throw new ListenError(code, bind, port, setting);
  }
}

/**
 * Opens a port and closes it again.
 *
 * @throws ListenError
 */
export async function provePortFree(port: number, bind: string | null, setting: string): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  await listenOn(server, { port, bind, setting });
  await new Promise((resolve) => server.close(resolve));
}

function listenOnce(
  server: Server,
  { port, sharesPort = false }: ListenAt,
  host: string,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      server.off('listening', succeed);
      reject(error);
    };
    const succeed = (): void => {
      server.off('error', fail);
      // A server that listens on a port has an address object.
      resolve(server.address() as AddressInfo);
    };
    server.once('error', fail).once('listening', succeed);
    server.listen({ port, host, backlog: 4096, ...(sharesPort && { reusePort: true }) });
  });
}
