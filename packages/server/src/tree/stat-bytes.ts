import type { StatPersisted } from "./stat-persisted.js";

/*
 * The stored part of a znode's stat, encoded as in snapshots (org.apache.zookeeper.data.StatPersisted):
 *
 *   long czxid mzxid ctime mtime, int version cversion aversion, long ephemeralOwner pzxid
 */
export const STAT_PERSISTED_BYTES = 60;
/** Offset of each field. */
export const StatOffset = {
  CZXID: 0,
  MZXID: 8,
  CTIME: 16,
  MTIME: 24,
  VERSION: 32,
  CVERSION: 36,
  AVERSION: 40,
  OWNER: 44,
  PZXID: 52,
} as const;

/** Fills in {@link STAT_PERSISTED_BYTES} bytes. */
export function fillStat(into: DataView, stat: StatPersisted): void {
  into.setBigInt64(StatOffset.CZXID, stat.czxid);
  into.setBigInt64(StatOffset.MZXID, stat.mzxid);
  fillMillis(into, StatOffset.CTIME, stat.ctime);
  fillMillis(into, StatOffset.MTIME, stat.mtime);
  into.setInt32(StatOffset.VERSION, stat.version);
  into.setInt32(StatOffset.CVERSION, stat.cversion);
  into.setInt32(StatOffset.AVERSION, stat.aversion);
  into.setBigInt64(StatOffset.OWNER, stat.ephemeralOwner);
  into.setBigInt64(StatOffset.PZXID, stat.pzxid);
}

/** A time as a 64-bit integer. */
export function fillMillis(into: DataView, at: number, millis: number): void {
  into.setInt32(at, Math.floor(millis / 0x1_0000_0000));
  into.setInt32(at + 4, millis | 0);
}
