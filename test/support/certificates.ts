import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const folder = join(import.meta.dirname, '../fixtures/tls');

/** For `127.0.0.1` and `server.test`; accepted after `trustTestCertificates`. */
export const CERTIFICATE = {
  key: readFileSync(join(folder, 'server.key')),
  cert: readFileSync(join(folder, 'server.pem')),
};

/** For `127.0.0.1`, but nobody has reason to believe it. */
export const STRANGERS_CERTIFICATE = {
  key: readFileSync(join(folder, 'stranger.key')),
  cert: readFileSync(join(folder, 'stranger.pem')),
};

/** Has every TLS connection of this process that begins later accept what the authority of our test certificates signed. */
export function trustTestCertificates(): void {
  setDefaultCACertificates([...getCACertificates(), readFileSync(join(folder, 'ca.pem'), 'utf8')]);
}
