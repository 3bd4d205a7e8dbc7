/**
 * What it returns, and the milliseconds of CPU time that this process spends on it: other programs on the machine, which make it
 * wait, do not count.
 */
export function timed<T>(act: () => T): { readonly ms: number; readonly result: T } {
  const before = process.cpuUsage();
  const result = act();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1_000, result };
}
