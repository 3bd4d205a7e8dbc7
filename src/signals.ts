/** Signals that ask the process to end, with their numbers. */
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;
/** npm passes on the Ctrl-C that the terminal has already given to us: two of them this close are one press of the keys. */
const SAME_KEY_MS = 200;

/** Resolves with the number of the first SIGTERM or SIGINT. A second one ends the process at once. */
export function nextSignal(): Promise<number> {
  return new Promise((resolve) => {
    let first: { readonly signal: string; readonly at: number } | null = null;
    for (const [signal, number] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        const at = performance.now();
        if (first === null) {
          first = { signal, at };
          resolve(number);
          return;
        }
        const isSameKey = signal === 'SIGINT' && first.signal === signal && at - first.at < SAME_KEY_MS;
        if (!isSameKey) process.exit(128 + number);
      });
    }
  });
}
