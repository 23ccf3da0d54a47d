import { createHash } from "node:crypto";
import { type Acl, OPEN_ACL_UNSAFE, Permission } from "@conclave/protocol";

const list = (permissions: number, scheme: string, id: string): readonly Acl[] =>
  Object.freeze([Object.freeze({ permissions, id: Object.freeze({ scheme, id }) })]);

/** Access control lists for the `acl` option and for `setACL`. Combine several with `[...a, ...b]`. */
export const acl = Object.freeze({
  /** Grants every permission to every client. */
  openUnsafe: OPEN_ACL_UNSAFE,
  /**
   * Grants every permission to the identities of the client that creates the znode (`addAuth`, SASL, TLS), and none to
   * others.
   */
  creatorAll: list(Permission.ALL, "auth", ""),
  /** Grants the permission to read to every client. */
  readAll: list(Permission.READ, "world", "anyone"),
  /**
   * Grants every permission, or `permissions`, to clients that call `addAuth("digest", "user:password")`. Servers
   * receive and store a hash of the password (SHA-1, unless they are configured otherwise).
   */
  digest: (user: string, password: string, permissions: number = Permission.ALL): readonly Acl[] =>
    list(permissions, "digest", digestId(user, password)),
  /** Grants permissions to clients that connect from this address, or from a network such as "10.0.0.0/8". */
  ip: (address: string, permissions: number = Permission.ALL): readonly Acl[] => list(permissions, "ip", address),
  /** Grants permissions to clients that authenticated with this name by SASL. */
  sasl: (name: string, permissions: number = Permission.ALL): readonly Acl[] => list(permissions, "sasl", name),
  /** Grants permissions to clients with a TLS certificate of this subject. */
  x509: (subject: string, permissions: number = Permission.ALL): readonly Acl[] => list(permissions, "x509", subject),
});

function digestId(user: string, password: string): string {
  return `${user}:${createHash("sha1").update(`${user}:${password}`).digest("base64")}`;
}
