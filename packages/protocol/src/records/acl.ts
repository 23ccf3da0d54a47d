import type { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";

/** Permissions of an ACL entry, as bits (org.apache.zookeeper.ZooDefs.Perms). */
export const Permission = {
  READ: 1,
  WRITE: 2,
  CREATE: 4,
  DELETE: 8,
  ADMIN: 16,
  ALL: 31,
} as const;

/** An identity: `scheme` names the way of authentication, `id` the client in it. `world:anyone` matches every client. */
export interface Id {
  readonly scheme: string;
  readonly id: string;
}

/** One entry of a znode's access control list (org.apache.zookeeper.data.ACL). */
export interface Acl {
  /** A set of {@link Permission} bits. */
  readonly permissions: number;
  readonly id: Id;
}

/** Grants every permission to every client. */
export const OPEN_ACL_UNSAFE: readonly Acl[] = Object.freeze([
  Object.freeze({ permissions: Permission.ALL, id: Object.freeze({ scheme: "world", id: "anyone" }) }),
]);

/** Bytes of the smallest ACL entry: int perms, ustring scheme, ustring id. */
const MIN_ACL_BYTES = 12;

/** Id {ustring scheme, ustring id} */
export function writeId(out: JuteWriter, id: RequestedId): void {
  out.writeString(id.scheme);
  out.writeString(id.id);
}

/** @throws ProtocolError where the bytes end too early, or a part is null. */
export function readId(input: JuteReader): Id {
  return { scheme: input.readString(), id: input.readString() };
}

/** An {@link Id} of a request. Clients may write null for either part; kazoo writes every empty string so. */
export interface RequestedId {
  readonly scheme: string | null;
  readonly id: string | null;
}

/** An {@link Acl} of a request, before a server has checked it. */
export interface RequestedAcl {
  readonly permissions: number;
  readonly id: RequestedId;
}

function readRequestedAcl(input: JuteReader): RequestedAcl {
  return {
    permissions: input.readInt(),
    id: { scheme: input.readNullableString(), id: input.readNullableString() },
  };
}

function writeAcl(out: JuteWriter, acl: RequestedAcl): void {
  out.writeInt(acl.permissions);
  writeId(out, acl.id);
}

function readAcl(input: JuteReader): Acl {
  return { permissions: input.readInt(), id: readId(input) };
}

/** vector&lt;ACL {int perms, Id {ustring scheme, ustring id}}&gt; */
export function writeAcls(out: JuteWriter, acls: readonly RequestedAcl[]): void {
  out.writeVector(acls, writeAcl);
}

/** Encoded form of the most common list. */
const OPEN_ACL_BYTES = bytesOf(OPEN_ACL_UNSAFE);

function bytesOf(acls: readonly Acl[]): Uint8Array {
  const out = new JuteWriter();
  writeAcls(out, acls);
  return out.take();
}

/**
 * Reads a stored list, or one of a reply; a null list reads as an empty one. A list that equals {@link OPEN_ACL_UNSAFE} is
 * returned as that constant.
 *
 * @throws ProtocolError where the bytes end too early, cannot hold so many entries, or a part of an id is null.
 */
export function readAcls(input: JuteReader): readonly Acl[] {
  if (input.skipIf(OPEN_ACL_BYTES)) return OPEN_ACL_UNSAFE;
  return input.readVector(MIN_ACL_BYTES, readAcl);
}

/**
 * Reads the list of a request, nulls included. A null list, and a negative count, read as an empty one: Apache refuses all
 * of them with INVALID_ACL.
 *
 * @throws ProtocolError where the bytes end too early or cannot hold so many entries.
 */
export function readRequestedAcls(input: JuteReader): readonly RequestedAcl[] {
  if (input.skipIf(OPEN_ACL_BYTES)) return OPEN_ACL_UNSAFE;
  return input.readRequestVector(MIN_ACL_BYTES, readRequestedAcl) ?? [];
}
