/** Somebody who may look at the admin server. */
export interface AdminUser {
  readonly name: string;
  /** A bcrypt hash as `htpasswd -B` writes it: `$2y$05$…`. */
  readonly hash: string;
}
