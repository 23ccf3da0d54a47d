import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/** Metadata of a znode (org.apache.zookeeper.data.Stat). */
export interface Stat {
  /** The transaction that created the znode. */
  readonly czxid: bigint;
  /** The transaction that last changed its data. */
  readonly mzxid: bigint;
  /** When it was created, in milliseconds since 1970 by the server's clock. */
  readonly ctime: number;
  /** When its data last changed, likewise. */
  readonly mtime: number;
  /** Number of changes of its data; wraps at 2^31. */
  readonly version: number;
  /** Number of changes of its list of children. */
  readonly cversion: number;
  /** Number of changes of its ACL. */
  readonly aversion: number;
  /** The session of an ephemeral; 0 for other znodes. */
  readonly ephemeralOwner: bigint;
  /** Bytes of data. */
  readonly dataLength: number;
  readonly numChildren: number;
  /** The transaction that last added or removed a child. */
  readonly pzxid: bigint;
}

/** Bytes of a {@link Stat}: long czxid mzxid ctime mtime, int version cversion aversion, long ephemeralOwner, int dataLength numChildren, long pzxid. */
export const STAT_BYTES = 68;

/** Writes {@link STAT_BYTES} bytes. */
export function writeStat(out: JuteWriter, stat: Stat): void {
  out.writeLong(stat.czxid);
  out.writeLong(stat.mzxid);
  out.writeMillis(stat.ctime);
  out.writeMillis(stat.mtime);
  out.writeInt(stat.version);
  out.writeInt(stat.cversion);
  out.writeInt(stat.aversion);
  out.writeLong(stat.ephemeralOwner);
  out.writeInt(stat.dataLength);
  out.writeInt(stat.numChildren);
  out.writeLong(stat.pzxid);
}

/** Reads a Stat. @throws ProtocolError if the bytes end too early, or a number cannot hold a time exactly. */
export function readStat(input: JuteReader): Stat {
  return {
    czxid: input.readLong(),
    mzxid: input.readLong(),
    ctime: input.readMillis(),
    mtime: input.readMillis(),
    version: input.readInt(),
    cversion: input.readInt(),
    aversion: input.readInt(),
    ephemeralOwner: input.readLong(),
    dataLength: input.readInt(),
    numChildren: input.readInt(),
    pzxid: input.readLong(),
  };
}
