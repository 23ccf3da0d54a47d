import { createHash } from "node:crypto";
import { type Acl, OPEN_ACL_UNSAFE, Permission } from "@conclave/protocol";

const list = (permissions: number, scheme: string, id: string): readonly Acl[] =>
  Object.freeze([Object.freeze({ permissions, id: Object.freeze({ scheme, id }) })]);

/** Who may do what with a znode: lists for the `acl` option and for `setACL`. Put several together with `[...a, ...b]`. */
export const acl = Object.freeze({
  /** Everybody may do everything. */
  openUnsafe: OPEN_ACL_UNSAFE,
  /** Whoever makes the znode may do everything with it, by what they proved (`addAuth`, SASL, TLS); others nothing. */
  creatorAll: list(Permission.ALL, "auth", ""),
  /** Everybody may read. */
  readAll: list(Permission.READ, "world", "anyone"),
  /**
   * Whoever gives `addAuth("digest", "user:password")` may do everything, or what `permissions` say. Servers get and keep a
   * hash of the password (SHA-1; they may be configured otherwise).
   */
  digest: (user: string, password: string, permissions: number = Permission.ALL): readonly Acl[] =>
    list(permissions, "digest", digestId(user, password)),
  /** Whoever connects from the address, or from a network such as "10.0.0.0/8". */
  ip: (address: string, permissions: number = Permission.ALL): readonly Acl[] => list(permissions, "ip", address),
  /** Whoever proved that name by SASL. */
  sasl: (name: string, permissions: number = Permission.ALL): readonly Acl[] => list(permissions, "sasl", name),
  /** Whoever has the certificate with that subject (TLS). */
  x509: (subject: string, permissions: number = Permission.ALL): readonly Acl[] => list(permissions, "x509", subject),
});

function digestId(user: string, password: string): string {
  return `${user}:${createHash("sha1").update(`${user}:${password}`).digest("base64")}`;
}
