/**
 * Writes lines to standard output as the daemon does: `LINES ACCESS_LINES IDLE_MS` is how many of each kind, and how long the flush waits. Then ends as the daemon
 * does, and says on standard error how many access lines it dropped and how long the flush took.
 */
import { AccessLog } from '../../../src/telemetry/accessLog.ts';
import { LineWriter } from '../../../src/telemetry/lineWriter.ts';
import { standardOutput } from '../../../src/telemetry/standardOutput.ts';
import { outcomeOf } from '../outcome.ts';

const [lines = 0, accessLines = 0, idleMs = 0] = process.argv.slice(2).map(Number);
const writer = new LineWriter(standardOutput());
const accessLog = new AccessLog('common', (batch) => {
  writer.writeAccess(batch);
  accessLog.taken(batch.bytes.length);
});
for (let n = 0; n < lines; n += 1) writer.write(`line ${n}\n`);
for (let n = 0; n < accessLines; n += 1) {
  accessLog.add(outcomeOf({ target: `/${n}` }));
  // A turn of the loop for the writer, as between requests.
  if (n % 1_000 === 0) await new Promise(setImmediate);
}
accessLog.flush();
writer.write('stopped\n');
const startedAt = performance.now();
await writer.flush({ idleMs, limitMs: 60_000 });
const flushMs = performance.now() - startedAt;
process.stderr.write(JSON.stringify({ ...writer.accessLines, flushMs }), () => process.exit(0));
