/** How one request ended: what metrics and the access log are made of. Told once, when its response is over, by whichever lane had it. */
export interface Outcome {
  /** Milliseconds since the epoch, when its head was complete. */
  readonly at: number;
  /** Milliseconds from there to the end of the response. */
  readonly durationMs: number;
  readonly requestId: string;
  /** The peer's plain address; behind a trusted proxy, that of the client it names. */
  readonly client: string;
  /** As sent; empty where the request could not be read. */
  readonly method: string;
  /** As matched; empty where there is none. */
  readonly host: string;
  /** The target as the client sent it, its query included; empty where it could not be read. */
  readonly target: string;
  readonly version: string;
  /** What the client was answered; 0 where it left before an answer. */
  readonly status: number;
  /** Bytes of the request's body that were passed on. */
  readonly bytesIn: number;
  /** Bytes of the response's body that were passed on. */
  readonly bytesOut: number;
  /** The service whose route it took, `stack/name`; null where none was found. */
  readonly service: string | null;
  /** The backend and the id and url of the server that it was sent to last; null where it was sent to none. */
  readonly to: { readonly backend: string; readonly server: string; readonly url: string } | null;
  /** How many times it was sent to another server although one may have had it. */
  readonly retries: number;
  /**
   * Why it was not answered by a server in full: the kind of our own answer (`proxy/failure.ts`), `client-left` where the client did
   * not wait for the end, `server-broke` where the server broke off in the middle of the response; else null.
   */
  readonly failure: string | null;
}
