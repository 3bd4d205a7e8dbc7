import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { excessIn } from '../../../src/control/proposalWeight.ts';
import { containerOf, PUBLISHED, serviceOf, SETTINGS } from './environment.ts';

const LIST = (n: number, make: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => make(i)).join(',');

/** A thousand routes for each of fifty segments, in two kilobytes. */
const HUGE = {
  ...PUBLISHED,
  'traefik.domain': LIST(32, (i) => `d${i}`),
  'traefik.alias': LIST(31, (i) => `a${i}`),
  ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`traefik.s${i}.port`, '80'])),
};

suite('too much for a dry run', () => {
  test('is not what ten thousand usual services come to', () => {
    const containers = [1, 2, 3].map((i) => containerOf(`c${i}`, `127.0.0.${i}`));
    const services = Array.from({ length: 10_000 }, (_, i) => serviceOf(`s/w${i}`, { containers }));
    assert.equal(excessIn(services, SETTINGS), null);
  });

  test('is what few labels multiply to', () => {
    const services = Array.from({ length: 100 }, (_, i) => serviceOf(`s/w${i}`, { labels: HUGE }));
    assert.equal(excessIn(services.slice(0, 1), SETTINGS), null);
    assert.match(String(excessIn(services, SETTINGS)), /more than 100,000 routes and servers would follow/);
  });

  test('is as many containers in as many segments', () => {
    const containers = Array.from({ length: 5_000 }, (_, i) => containerOf(`c${i}`, '127.0.0.1'));
    const labels = {
      ...PUBLISHED,
      ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`traefik.s${i}.port`, '80'])),
    };
    assert.match(
      String(excessIn([serviceOf('s/w', { labels, containers })], SETTINGS)),
      /routes and servers/,
    );
  });

  test('is what takes too long to be read', () => {
    const services = Array.from({ length: 2_000 }, (_, i) =>
      serviceOf(`s/w${i}`, {
        labels: {
          ...PUBLISHED,
          ...Object.fromEntries(
            Array.from({ length: 50 }, (_u, k) => [
              `traefik.backendx.healthcheckinterval.timeout${i}x${k}abc`,
              '',
            ]),
          ),
        },
      }),
    );
    assert.match(String(excessIn(services, SETTINGS)), /take too long to be read/);
  });
});
