import { hashSync } from 'bcryptjs';
import { startAdmin, type Admin, type AdminOptions } from '../../src/admin/server.ts';
import type { TestContext } from 'node:test';
import { cleanup } from './cleanup.ts';
import { richServices, statusOf } from './status.ts';

/** The password of both users. */
export const PASSWORD = 'grün: öffnen';

/** Of the lowest cost, so that tests take no time; `ops` and `Jörg "O" 1`. */
export const USERS = ['ops', 'Jörg "O" 1'].map((name) => ({ name, hash: hashSync(PASSWORD, 4) }));

/** Starts an admin server that asks for a login, unless told otherwise; it is stopped when the test ends. */
export async function startGuarded(t: TestContext, options: Partial<AdminOptions> = {}): Promise<Admin> {
  const admin = await startAdmin({
    port: 0,
    bind: '127.0.0.1',
    status: () => statusOf(richServices()),
    users: USERS,
    onFault: (fault) => {
      throw fault;
    },
    ...options,
  });
  cleanup(t, () => admin.stop());
  return admin;
}

/** The value of `Authorization`. */
export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
