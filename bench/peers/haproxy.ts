import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { freePort, startContender, versionOf, writeConfiguration, type Peer } from './peer.ts';

export const HAPROXY: Peer = {
  name: 'HAProxy',
  source: 'the Debian package "haproxy"',
  version: versionOf('haproxy', ['-v'], /version (\S+)/),
  configuration: 'haproxy.cfg',
  isSlow: false,
  async start(site) {
    const port = await freePort();
    const map = join(site.scratch, 'hosts.map');
    writeFileSync(map, site.hosts.map((host) => `${host} service\n`).join(''));
    const path = writeConfiguration(site, 'haproxy.cfg', {
      port,
      map,
      backend: site.backendPort,
      server: hostname(),
    });
    return await startContender('HAProxy', port, ['haproxy', '-db', '-f', path]);
  },
};
