import { requestFields, type Peer } from '../fields.ts';

/** Clients that are remembered: one that is forgotten costs a microsecond. */
const MAX_CLIENTS = 20_000;
/** Stands for the client's authority where the lines around it are made. */
const SOME_AUTHORITY = 'host.invalid';

/** What servers are told of a client that is not trusted: lines from `X-Forwarded-For` to the name of `X-Request-Id`, whose value comes next. */
export interface ToldClient {
  readonly port: string;
  /** Before the authority that it asks for. */
  readonly before: Buffer;
  /** Behind it. */
  readonly after: Buffer;
}

/** The same bytes for all connections of a client, whatever hosts it asks for. */
export class ToldClients {
  readonly #clients = new Map<string, ToldClient>();

  /** `port`: as `portOf` has it, of the authority. */
  of(peer: Peer, port: string, serverName: string): ToldClient {
    const key = `${peer.address} ${port}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const told = tell(peer, port, serverName);
    if (this.#clients.size >= MAX_CLIENTS) this.#clients.clear();
    this.#clients.set(key, told);
    return told;
  }
}

function tell(peer: Peer, port: string, serverName: string): ToldClient {
  const authority = `${SOME_AUTHORITY}:${port}`;
  // Of a request without fields of its own, all that is left is what we add.
  const bare = { ...BARE, authority };
  const options = { peer, requestId: '', serverName, hostOverride: null, upgrade: null };
  const fields = requestFields(bare, options);
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  // The request id comes last, and is each request's own.
  const [before = '', after = ''] = text.slice(0, -'\r\n'.length).split(authority);
  return { port, before: Buffer.from(before, 'latin1'), after: Buffer.from(after, 'latin1') };
}

const BARE = {
  method: 'GET',
  version: '1.1',
  target: '/',
  path: '/',
  host: SOME_AUTHORITY,
  fields: [],
  framing: 'none',
  contentLength: 0,
  connectionOptions: [],
  expectation: '',
  claimsToForward: false,
} as const;
