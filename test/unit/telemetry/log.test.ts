import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/telemetry/log.ts';
import { plainLines } from '../../../src/telemetry/plainLines.ts';
import { keptLog } from '../../support/logLines.ts';

test('a line is JSON with level as a word, time for people, the fields and the text; nothing about the process', () => {
  const { log, lines } = keptLog();
  log.warn({ event: 'something', port: 8080 }, 'something happened');
  const { time, ...rest } = lines[0] ?? {};
  assert.deepEqual(rest, { level: 'warn', event: 'something', port: 8080, msg: 'something happened' });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('each line is one line, whatever is in it', () => {
  const written: string[] = [];
  createLog('info', { write: (line) => written.push(line) }).info({ a: 'x\ny' }, 'a\r\nb\u2028c');
  assert.match(written.join(''), /^[^\n\r]+\n$/);
});

test('an error comes with what it is and where it was', () => {
  const { log, lines } = keptLog();
  log.error({ err: new TypeError('broken') }, 'it broke');
  const { err } = lines[0] as { readonly err: Readonly<Record<string, string>> };
  assert.deepEqual([err['type'], err['message']], ['TypeError', 'broken']);
  assert.match(err['stack'] ?? '', /log\.test\.ts/);
});

test('below its level nothing is written, and at silent nothing at all', () => {
  const { log, lines } = keptLog('warn');
  log.info('no');
  log.warn('yes');
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['yes'],
  );
  const silent = keptLog('silent');
  silent.log.fatal('no');
  assert.deepEqual(silent.lines, []);
});

test('for a person at a terminal a line is the time of day, the level where it matters, and the text', () => {
  const written: string[] = [];
  const log = createLog(
    'trace',
    plainLines((text) => written.push(text)),
  );
  log.info({ event: 'x' }, 'all is well');
  log.warn({ event: 'x' }, 'all is not so well');
  log.error({ err: new Error('x') }, 'nothing is well');
  log.info({ event: 'without text' });
  const [info, warn, error, empty] = written.map((line) => line.replace(/^\d\d:\d\d:\d\d /, '> '));
  assert.deepEqual(
    [info, warn, error, empty],
    ['> all is well\n', '> warn: all is not so well\n', '> error: nothing is well\n', '> \n'],
  );
});

test('the time of day is that of the line, in UTC as in the JSON', () => {
  const written: string[] = [];
  const sink = plainLines((text) => written.push(text));
  sink.write('{"level":"info","time":"2016-07-29T12:34:56.789Z","msg":"x"}\n');
  assert.deepEqual(written, ['12:34:56 x\n']);
});
