import { isIP } from 'node:net';
import { errorAnswer, type Answer } from './answers.ts';

/**
 * Under which names the admin server may be asked. A web page can let its own name lead to our address (DNS rebinding) and then
 * read what we answer as its own; but the browser tells us the name. An address cannot be rebound, and `localhost` is
 * loopback in every browser (RFC 6761 §6.3), so these always pass.
 */
export class HostCheck {
  readonly #names: ReadonlySet<string>;

  /** `names` in lower case, without port and last dot; none: every name passes. */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** Why these names (Host, and the authority in an absolute-form target) are no way to ask; null: they are. */
  refusal(asked: readonly string[]): Answer | null {
    if (this.#names.size === 0) return null;
    const stranger = asked.length === 0 ? 'no name' : asked.find((each) => !this.#isOurs(each));
    if (stranger === undefined) return null;
    return errorAnswer(
      421,
      'wrong-host',
      `the admin server is not asked by ${JSON.stringify(stranger.slice(0, 100))}; ask by its address, or put the name into LB_ADMIN_HOSTS`,
    );
  }

  #isOurs(asked: string): boolean {
    const [, v6, name = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d*)?$/i.exec(asked) ?? [];
    if (v6 !== undefined) return isIP(v6) === 6;
    const plain = name.toLowerCase().replace(/\.$/, '');
    return isIP(plain) === 4 || plain === 'localhost' || this.#names.has(plain);
  }
}
