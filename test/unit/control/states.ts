import { State } from '../../../src/control/state.ts';
import { derivationOf, failed, publicationOf, refreshed, restored } from './events.ts';

/** How often the states of these tests are refreshed. */
export const INTERVAL_MS = 60_000;

/** A state that has heard of nothing yet. */
export function newState(clock?: () => number): State {
  const settings = {
    metadataUrl: 'http://rancher-metadata/latest',
    refreshIntervalMs: INTERVAL_MS,
    entrypoint: { address: '::', port: 8080 },
  };
  return new State(settings, clock);
}

/** A state whose table `t1`, of metadata version `v1`, is installed and whose entrypoint listens. */
export function readyState(): State {
  const state = newState();
  state.note(refreshed('v1', publicationOf(derivationOf('t1'))));
  state.listening('::', 8080);
  state.installed('t1');
  return state;
}

/** The table that is installed, and the metadata version that it is from. */
export function installed({ status }: State) {
  return [status.install?.derivation.table.id, status.install?.metadataVersion];
}

/** A state whose table `t1` comes from disk. */
export function restoredState(): State {
  const state = newState();
  state.note(failed('no answer'));
  state.note(restored('v1', publicationOf(derivationOf('t1')), 1234));
  state.listening('::', 8080);
  state.installed('t1');
  return state;
}
