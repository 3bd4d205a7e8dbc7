import type { TestContext } from 'node:test';

type Step = () => unknown;

/** What comes to an end, and undoes then what was begun in it: a test, or a scenario of the fault suite. */
export type Lifetime = Pick<TestContext, 'after'>;

const steps = new WeakMap<Lifetime, Step[]>();

/** Undoes something at the end of the test, last first. Every step runs even if one fails; the first failure fails the test. */
export function cleanup(t: Lifetime, step: Step): void {
  const known = steps.get(t);
  if (known !== undefined) {
    known.push(step);
    return;
  }
  const mine = [step];
  steps.set(t, mine);
  t.after(async () => {
    const failures: unknown[] = [];
    for (const undo of mine.toReversed()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}
