import type { JuteReader, JuteWriter } from "@conclave/protocol";
import type { StatPersisted } from "../tree/stat-persisted.js";

/*
 * A snapshot file (org.apache.zookeeper.server.persistence.FileSnap, server.util.SerializeUtils, server.DataTree):
 *
 *   int "ZKSN", int 2, long dbid = -1
 *   int n, n x {long session, int timeout}
 *   int n, n x {long aclId, vector<ACL>}
 *   nodes, parents first: {ustring path ("" is the root), buffer data, long aclId, StatPersisted}
 *   ustring "/", which ends the nodes
 *   seal
 *   {long zxid, int version, long digest} seal        since 3.6, where digests are on
 *   {long lastProcessedZxid} seal                      since 3.9
 *
 *   StatPersisted: long czxid mzxid ctime mtime, int version cversion aversion, long ephemeralOwner pzxid
 *   seal: long Adler-32 of all bytes before it, ustring "/"
 */
export const SNAPSHOT_MAGIC = 0x5a4b534e;
export const SNAPSHOT_DB_ID = -1n;
/** Ends the nodes, and each seal. */
export const END_PATH = "/";
export const SEAL_BYTES = 13;
/** Every seal ends so: {@link END_PATH} with its length. */
export const END_OF_SNAPSHOT: readonly number[] = [0, 0, 0, 1, 0x2f];
export const DIGEST_SECTION_BYTES = 20;
export const LAST_ZXID_SECTION_BYTES = 8;

export function writeStatPersisted(out: JuteWriter, stat: StatPersisted): void {
  out.writeLong(stat.czxid);
  out.writeLong(stat.mzxid);
  out.writeMillis(stat.ctime);
  out.writeMillis(stat.mtime);
  out.writeInt(stat.version);
  out.writeInt(stat.cversion);
  out.writeInt(stat.aversion);
  out.writeLong(stat.ephemeralOwner);
  out.writeLong(stat.pzxid);
}

export function readStatPersisted(input: JuteReader): StatPersisted {
  return {
    czxid: input.readLong(),
    mzxid: input.readLong(),
    ctime: input.readMillis(),
    mtime: input.readMillis(),
    version: input.readInt(),
    cversion: input.readInt(),
    aversion: input.readInt(),
    ephemeralOwner: input.readLong(),
    pzxid: input.readLong(),
  };
}
