import { hostname } from 'node:os';
import { freePort, startContender, versionOf, writeConfiguration, type Peer } from './peer.ts';

export const NGINX: Peer = {
  name: 'nginx',
  source: 'the Debian package "nginx"',
  version: versionOf('nginx', ['-v'], /nginx\/(\S+)/),
  configuration: 'nginx.conf',
  isSlow: false,
  async start(site) {
    const port = await freePort();
    const { scratch, backendPort: backend } = site;
    const values = { port, backend, scratch, hosts: site.hosts.join(' '), server: hostname() };
    const path = writeConfiguration(site, 'nginx.conf', values);
    return await startContender('nginx', port, ['nginx', '-p', scratch, '-e', 'stderr', '-c', path]);
  },
};
