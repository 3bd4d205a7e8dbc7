import { CADDY } from './caddy.ts';
import { HAPROXY } from './haproxy.ts';
import { HTTP_PROXY } from './httpProxy.ts';
import { NGINX } from './nginx.ts';
import type { Peer } from './peer.ts';

/** All that ours is compared with; whether one is there, its version tells. */
export const PEERS: readonly Peer[] = [HAPROXY, NGINX, CADDY, HTTP_PROXY];
