import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import {
  oneHost,
  startProxy,
  toServer,
  type Lane,
  type ProxyOptions,
  type ServerSpec,
  type TestProxy,
} from './proxy.ts';
import { Watch } from './watch.ts';

/** Hears the outcomes that a proxy tells: its `finished` is an option of `startProxy`. */
export class Outcomes {
  readonly all: Outcome[] = [];
  readonly #watch = new Watch();

  readonly finished = (outcome: Outcome): void => {
    this.all.push(outcome);
    this.#watch.changed();
  };

  /** The nth outcome (from 0), as soon as it was told. */
  nth(n = 0): Promise<Outcome> {
    return this.#watch.until(
      `outcome ${n}`,
      () => this.all[n],
      () => JSON.stringify(this.all),
    );
  }
}

/** What an outcome has of these properties. */
export function pick<K extends keyof Outcome>(
  outcome: Outcome,
  ...names: readonly K[]
): readonly Outcome[K][] {
  return names.map((name) => outcome[name]);
}

/** How an outcome names a server of `a.test`. */
export function asSentTo(server: ServerSpec): Outcome['to'] {
  const { id, url } = toServer(server);
  return { backend: 'test/a.test', server: id, url };
}

/** A proxy whose outcomes are heard; by default `a.test` is on this server. */
export async function startTelling(
  t: TestContext,
  lane: Lane,
  server: ServerSpec,
  options: ProxyOptions = {},
  routes = oneHost(server),
): Promise<{ readonly proxy: TestProxy; readonly outcomes: Outcomes }> {
  const outcomes = new Outcomes();
  const proxy = await startProxy(t, lane, routes, { ...options, finished: outcomes.finished });
  return { proxy, outcomes };
}

/** The outcome of the only request that there was; the proxy is stopped, so that no second one can come. */
export async function onlyOutcome(proxy: TestProxy, outcomes: Outcomes): Promise<Outcome> {
  await outcomes.nth();
  await proxy.entrypoint.stop(0);
  assert.equal(outcomes.all.length, 1, JSON.stringify(outcomes.all));
  return outcomes.all[0]!;
}
