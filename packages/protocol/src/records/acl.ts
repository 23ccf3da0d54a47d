import type { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";

/** What an ACL entry allows, as a set of bits (org.apache.zookeeper.ZooDefs.Perms). */
export const Permission = {
  READ: 1,
  WRITE: 2,
  CREATE: 4,
  DELETE: 8,
  ADMIN: 16,
  ALL: 31,
} as const;

/** Who: `scheme` says how the server knows them, `id` is who they are in it. `world:anyone` is everybody. */
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

/** Everybody may do everything. */
export const OPEN_ACL_UNSAFE: readonly Acl[] = Object.freeze([
  Object.freeze({ permissions: Permission.ALL, id: Object.freeze({ scheme: "world", id: "anyone" }) }),
]);

/** Bytes of the smallest ACL entry: int perms, ustring scheme, ustring id. */
const MIN_ACL_BYTES = 12;

/** Id {ustring scheme, ustring id} */
export function writeId(out: JuteWriter, id: Id): void {
  out.writeString(id.scheme);
  out.writeString(id.id);
}

/** @throws ProtocolError where the bytes end too early, or a part is null. */
export function readId(input: JuteReader): Id {
  return { scheme: input.readString(), id: input.readString() };
}

function writeAcl(out: JuteWriter, acl: Acl): void {
  out.writeInt(acl.permissions);
  writeId(out, acl.id);
}

function readAcl(input: JuteReader): Acl {
  return { permissions: input.readInt(), id: readId(input) };
}

/** vector&lt;ACL {int perms, Id {ustring scheme, ustring id}}&gt; */
export function writeAcls(out: JuteWriter, acls: readonly Acl[]): void {
  out.writeVector(acls, writeAcl);
}

/** What nearly every list is. */
const OPEN_ACL_BYTES = bytesOf(OPEN_ACL_UNSAFE);

function bytesOf(acls: readonly Acl[]): Uint8Array {
  const out = new JuteWriter();
  writeAcls(out, acls);
  return out.take();
}

/**
 * A null list reads as an empty one; servers refuse both alike. Everybody and everything is {@link OPEN_ACL_UNSAFE} itself.
 *
 * @throws ProtocolError where the bytes end too early or cannot hold so many entries.
 */
export function readAcls(input: JuteReader): readonly Acl[] {
  if (input.skipIf(OPEN_ACL_BYTES)) return OPEN_ACL_UNSAFE;
  return input.readVector(MIN_ACL_BYTES, readAcl);
}
