import { errorAnswer, jsonAnswer, type Answer } from './answers.ts';

/** Who gives a command. */
export interface Commander {
  /** Null: nobody has to say who they are. */
  readonly user: string | null;
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly client: string;
}

/** What commands call; what is not there, nobody can ask for. */
export interface Commanded {
  /** Lets a refresh through that is held because it removes many servers. */
  readonly release?: (() => 'released' | 'nothing-held') | undefined;
  /** Told who released it. */
  readonly onRelease?: ((by: Commander) => void) | undefined;
}

/** A command as it was given. */
export interface Order {
  readonly by: Commander;
  readonly body: Buffer;
  /** Whether a browser sent it from a form: then the answer leads back to the page, which shows what came of it. */
  readonly fromPage: boolean;
}

/** Something that a POST brings about, where all others only look. */
export interface Command {
  /** Larger bodies are answered 413; 0: it takes none. */
  readonly maxBodyBytes: number;
  readonly obey: (commanded: Commanded, order: Order) => Answer | Promise<Answer>;
}

/** By their paths. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['/api/release', { maxBodyBytes: 0, obey: release }],
]);

function release({ release, onRelease }: Commanded, { by, fromPage }: Order): Answer {
  const isReleased = release?.() === 'released';
  if (isReleased) onRelease?.(by);
  const answer = isReleased
    ? jsonAnswer({ released: true })
    : errorAnswer(409, 'nothing-held', 'no refresh is held, so there is nothing to release');
  return fromPage ? { ...answer, status: 303, fields: { Location: '/' } } : answer;
}
