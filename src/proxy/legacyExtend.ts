import util from 'node:util';

/**
 * http-proxy 1.18 copies options with `util._extend`, which prints a deprecation warning (DEP0060) at its first use.
 * It does what `Object.assign` does. Imported before http-proxy, which takes its reference while loading.
 */
Object.assign(util, { _extend: Object.assign });
