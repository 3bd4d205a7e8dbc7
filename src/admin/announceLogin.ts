import type { Logger } from 'pino';
import type { Commander } from './commands.ts';
import type { FailedLogin } from './failedLogins.ts';

/** Tells of a failed login at the admin server: `admin-login-failed`, or `admin-login-limited` where its client is kept waiting now. */
export function announceFailedLogin(log: Logger, { client, user, isLimited, untold }: FailedLogin): void {
  const others = untold === 0 ? '' : `; ${untold} more failed logins were not told`;
  log.warn(
    { event: isLimited ? 'admin-login-limited' : 'admin-login-failed', client, user, untold },
    isLimited
      ? `too many failed logins at the admin server from ${client}, the last as ${JSON.stringify(user)}: it must wait now${others}`
      : `a login at the admin server failed, from ${client} as ${JSON.stringify(user)}${others}`,
  );
}

/** Tells that an operator released the held refresh. */
export function announceRelease(log: Logger, { user, client }: Commander): void {
  const who = user === null ? 'somebody' : JSON.stringify(user);
  log.info({ event: 'released', user, client }, `${who} at ${client} released the held refresh`);
}
