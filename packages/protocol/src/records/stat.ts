import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/** What ZooKeeper knows of a znode besides its data (org.apache.zookeeper.data.Stat). */
export interface Stat {
  /** The transaction that created the znode. */
  readonly czxid: bigint;
  /** The transaction that last changed its data. */
  readonly mzxid: bigint;
  /** When it was created, in milliseconds since 1970 by the server's clock. */
  readonly ctime: number;
  /** When its data last changed, likewise. */
  readonly mtime: number;
  /** How often its data changed; wraps at 2^31. */
  readonly version: number;
  /** How often its list of children changed. */
  readonly cversion: number;
  /** How often its ACL changed. */
  readonly aversion: number;
  /** The session that an ephemeral lives with; 0 for every other znode. */
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

/** @throws ProtocolError where the bytes end too early, or a time is beyond what a number holds exactly. */
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
