import type { DryRunOutcome } from '../control/events.ts';
import { errorAnswer, jsonAnswer, type Answer } from './answers.ts';
import { dryRunAnswer } from './dryRun.ts';

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
  /** Works out what would follow from the proposal in this body; null: not yet. Rejects for a bug. */
  readonly dryRun?: ((body: Buffer) => Promise<DryRunOutcome> | null) | undefined;
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

/** What a POST asks for: something to be done, or to be worked out from what it brings. All others only look. */
export interface Command {
  /** Larger bodies are answered 413; 0: it takes none. */
  readonly maxBodyBytes: number;
  /** Whether the body must say that it is JSON; others are answered 415. */
  readonly takesJson: boolean;
  readonly obey: (commanded: Commanded, order: Order) => Answer | Promise<Answer>;
}

/** By their paths. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['/api/release', { maxBodyBytes: 0, takesJson: false, obey: release }],
  ['/api/dry-run', { maxBodyBytes: 1024 * 1024, takesJson: true, obey: dryRun }],
]);

function release({ release, onRelease }: Commanded, { by, fromPage }: Order): Answer {
  const isReleased = release?.() === 'released';
  if (isReleased) onRelease?.(by);
  const answer = isReleased
    ? jsonAnswer({ released: true })
    : errorAnswer(409, 'nothing-held', 'no refresh is held, so there is nothing to release');
  return fromPage ? { ...answer, status: 303, fields: { Location: '/' } } : answer;
}

async function dryRun({ dryRun }: Commanded, { body }: Order): Promise<Answer> {
  return dryRunAnswer((await dryRun?.(body)) ?? null);
}
