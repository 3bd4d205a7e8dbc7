import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { historyEntry, type HistoryEntry } from '../../../src/control/historyEntry.ts';
import { decodeHistory, encodeHistory } from '../../../src/control/storedHistory.ts';
import { changesOf } from './events.ts';

function entry(id: number, text = '+ server 1'): HistoryEntry {
  return historyEntry({
    id,
    at: 1_469_793_600_000,
    kind: 'change',
    tableId: 't1',
    metadataVersion: 'v1',
    comparedWith: 'live',
    total: { routes: 1, services: 1, servers: 1, errors: 0, warnings: 0 },
    changes: changesOf(1).map((change) => ({ ...change, text })),
  });
}

suite('a stored history', () => {
  test('is read as it was written, whatever names and texts hold', () => {
    const hostile = '\ud800 \n "\\\u2028 </script> __proto__ ';
    const entries = [entry(3, hostile), entry(2), entry(1)];
    const text = encodeHistory(entries);
    assert.equal(text.split('\n').length, 5, 'a line each, and one for the format');
    assert.deepEqual(decodeHistory(text), entries);
    assert.deepEqual(decodeHistory(encodeHistory([])), []);
  });
});

suite('a stored history cannot be used that', () => {
  const whole = encodeHistory([entry(2), entry(1)]);
  const FILES: Readonly<Record<string, readonly [string, RegExp]>> = {
    'is empty': ['', /^is no history of this program/],
    'is of another program': [
      '{"format":"active-lb snapshot","version":1}\n',
      /^is no history of this program/,
    ],
    'is of a later version': [whole.replace('"version":1', '"version":2'), /in version 1 of its format/],
    'is cut off in a line': [whole.slice(0, -20), /^is cut off$/],
    'lost a line end': [whole.slice(0, -1), /^is cut off$/],
    'has a bit changed': [whole.replace('+ server 1', '+ server 2'), /^does not fit its checksum in line 2$/],
    'has a line that is no entry': [`${whole}null\n`, /^is no entry in line 4$/],
    'has an entry twice': [`${whole}${whole.split('\n')[2]}\n`, /^is out of order in line 4$/],
    'has ids that fall': [encodeHistory([entry(1), entry(2)]), /^is out of order in line 3$/],
    'has an id that is none': [encodeHistory([entry(0)]), /^has an unexpected id: .* in line 2$/],
    'has a time that is none': [encodeHistory([{ ...entry(1), at: 1e300 }]), /^has an unexpected at: /],
    'has a change of an unknown kind': [
      encodeHistory([{ ...entry(1), changes: [{ kind: 'x' }] as never }]),
      /^has an unexpected changes\.0\.kind: /,
    ],
  };
  for (const [what, [text, says]] of Object.entries(FILES)) {
    test(what, () => {
      const decoded = decodeHistory(text);
      assert.ok(typeof decoded === 'string');
      assert.match(decoded, says);
    });
  }
});
