import { hostname } from 'node:os';
import { freePort, startContender, versionOf, writeConfiguration, type Peer } from './peer.ts';

export const CADDY: Peer = {
  name: 'Caddy',
  source: 'the Debian package "caddy"',
  version: versionOf('caddy', ['version'], /v?(\S+)/),
  configuration: 'Caddyfile',
  isSlow: true,
  async start(site) {
    const port = await freePort();
    const hosts = site.hosts.map((host) => `http://${host}:${port}`).join(', ');
    const values = { port, backend: site.backendPort, server: hostname(), hosts };
    const path = writeConfiguration(site, 'Caddyfile', values);
    return await startContender('Caddy', port, ['caddy', 'run', '--adapter', 'caddyfile', '--config', path], {
      GOMAXPROCS: '1',
      XDG_CONFIG_HOME: site.scratch,
      XDG_DATA_HOME: site.scratch,
    });
  },
};
