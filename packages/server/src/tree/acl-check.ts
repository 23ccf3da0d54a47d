import { type Acl, ErrorCode, type Id, ProtocolError, type RequestedAcl } from "@conclave/protocol";
import { isDistinguishedName } from "./distinguished-name.js";
import { isInBlock, parseIpAddress, parseIpBlock } from "./ip-address.js";

/** A scheme of ids in ACLs. */
interface Scheme {
  /** Returns true if an ACL may contain this id. */
  isValid(id: string): boolean;
  /** Returns true if an id in an ACL matches the authenticated id `proved` of a client. */
  matches(id: string, proved: string): boolean;
  /** True if clients authenticate by this scheme, so that `auth` in an ACL includes its ids. */
  readonly isAuthenticated: boolean;
}

const equal = (id: string, proved: string): boolean => id === proved;

/** Schemes by name. `world`, `auth` and `super` are not here: they have rules of their own below. */
const schemes: Readonly<Record<string, Scheme>> = {
  /** `user:base64(sha1(user:password))`, cut at colons as Java's `split` does: empty ends are none. */
  digest: { isValid: (id) => id.replace(/:+$/, "").split(":").length === 2, matches: equal, isAuthenticated: true },
  /** An address or a block of them. */
  ip: {
    isValid: (id) => parseIpBlock(id) !== undefined,
    matches(id, proved) {
      const block = parseIpBlock(id);
      const address = parseIpAddress(proved);
      return block !== undefined && address !== undefined && isInBlock(block, address);
    },
    isAuthenticated: false,
  },
  /** The subject of a client's certificate, as RFC 2253 writes it. */
  x509: { isValid: isDistinguishedName, matches: equal, isAuthenticated: true },
  /** SASL user: a Kerberos principal, or any name without a realm (KerberosName). */
  sasl: {
    isValid: (id) => !id.includes("@") || /^[^/@]*(\/[^/@]*)?@[^/@]*$/.test(id),
    // To Apache, a user of this name is everybody.
    matches: (id, proved) => id === proved || proved === "super",
    isAuthenticated: true,
  },
};

/** Settings that change which ids ACLs are checked against. */
export interface RightsOptions {
  /** Skip all ACL checks. */
  readonly skipAcl: boolean;
  /** Id of the scheme `sasl` that stands for every client authenticated by SASL (`letAnySaslUserDoX`). */
  readonly letAnySaslUserDoX: string | undefined;
}

const SUPER: readonly Id[] = [{ scheme: "super", id: "" }];

/** Returns a function from the ids that a client has authenticated to those that ACLs are checked against. */
export function rightsBy({ skipAcl, letAnySaslUserDoX: id }: RightsOptions): (ids: readonly Id[]) => readonly Id[] {
  if (skipAcl) return () => SUPER;
  if (id === undefined) return (ids) => ids;
  return (ids) => (ids.some(({ scheme }) => scheme === "sasl") ? [...ids, { scheme: "sasl", id }] : ids);
}

/** Returns true if an ACL grants a permission to a client with these ids. */
export function isAllowed(acl: readonly Acl[], permission: number, ids: readonly Id[]): boolean {
  if (acl.length === 0) return true;
  for (const { permissions, id } of acl) {
    if ((permissions & permission) === 0) continue;
    if (isAnyone(id)) return true;
    const scheme = schemes[id.scheme];
    if (scheme === undefined) continue;
    if (ids.some((proved) => proved.scheme === id.scheme && scheme.matches(id.id, proved.id))) return true;
  }
  return ids.some((proved) => proved.scheme === "super");
}

/**
 * The ACL to store for one that a client sent: duplicates removed, and then `auth` replaced by the ids that the
 * client has proved. `INVALID_ACL` for an empty one, a malformed id, a scheme that is null or not among `known`, and `auth` of a
 * client that has proved nothing (PrepRequestProcessor.fixupACL). Throws {@link ProtocolError} for a null that Apache
 * fails at.
 */
export function normalizeAcl(
  acl: readonly RequestedAcl[],
  ids: readonly Id[],
  known: ReadonlySet<string>,
): readonly Acl[] | typeof ErrorCode.INVALID_ACL {
  // As nearly all are.
  if (acl.length === 1 && isAnyone(acl[0]!.id)) return acl as readonly Acl[];
  const stored: Acl[] = [];
  for (const { permissions, id: requested } of withoutDuplicates(acl)) {
    const { scheme, id } = requested;
    if (scheme === null) return ErrorCode.INVALID_ACL;
    if (scheme === "auth") {
      const proved = ids.filter((each) => schemes[each.scheme]?.isAuthenticated);
      if (proved.length === 0) return ErrorCode.INVALID_ACL;
      for (const each of proved) stored.push({ permissions, id: each });
      continue;
    }
    const isKnown = scheme === "world" || known.has(scheme);
    if (isKnown && id === null) throw nullId();
    if (id === null || !isKnown) return ErrorCode.INVALID_ACL;
    if (scheme === "world" ? id !== "anyone" : schemes[scheme]?.isValid(id) !== true) return ErrorCode.INVALID_ACL;
    stored.push({ permissions, id: { scheme, id } });
  }
  return stored.length > 0 ? stored : ErrorCode.INVALID_ACL;
}

/** Apache compares each entry with those in front of it before it looks at any, and fails at some nulls. */
function withoutDuplicates(acl: readonly RequestedAcl[]): RequestedAcl[] {
  const seen = new Set<string | number>();
  return acl.filter(({ permissions, id: { scheme, id } }) => {
    const ofScheme = `${permissions} ${scheme?.length} ${scheme}`;
    const whole = `${ofScheme}\0${id}`;
    if (scheme === null ? seen.has(permissions) : id === null && seen.has(ofScheme)) throw nullId();
    const isNew = !seen.has(whole);
    seen.add(permissions).add(ofScheme).add(whole);
    return isNew;
  });
}

const nullId = (): ProtocolError => new ProtocolError("malformed", "null where an id is required");

/** Returns an ACL for clients without ADMIN permission: users without their password digests. */
export function withoutSecrets(acl: readonly Acl[]): Acl[] {
  return acl.map((entry) =>
    entry.id.scheme === "digest"
      ? { ...entry, id: { scheme: "digest", id: `${entry.id.id.slice(0, entry.id.id.indexOf(":"))}:x` } }
      : entry,
  );
}

/** Returns true if both lists grant the same in the same order. */
export function isSameAcl(a: readonly Acl[], b: readonly Acl[]): boolean {
  return a === b || (a.length === b.length && a.every((entry, index) => isSame(entry, b[index]!)));
}

function isAnyone({ scheme, id }: RequestedAcl["id"]): boolean {
  return scheme === "world" && id === "anyone";
}

function isSame(a: Acl, b: Acl): boolean {
  return a.permissions === b.permissions && a.id.scheme === b.id.scheme && a.id.id === b.id.id;
}
