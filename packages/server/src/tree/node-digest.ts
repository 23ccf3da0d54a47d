import { CRC32_START, crc32Bytes, crc32Of, crc32Text } from "./crc32.js";
import { STAT_PERSISTED_BYTES, StatOffset } from "./stat-bytes.js";

/*
 * Digest of a znode (org.apache.zookeeper.server.DigestCalculator), version 2:
 *
 *   CRC-32 of path, data, long czxid mzxid pzxid ctime mtime, int version cversion aversion, long ephemeralOwner
 *
 * The digest of the tree is the sum of all, modulo 2^64, except for znodes below /zookeeper. The path of the root is
 * empty.
 */
export const DIGEST_VERSION = 2;

const ROOT = "/";
const EXCLUDED = "/zookeeper/";

/** The attributes of a znode that its digest covers. */
export interface Digested {
  /** Its stat as bytes, see stat-bytes.ts. */
  fillStat(into: DataView): void;
  /** CRC after path and data, kept because the stat of a parent changes often and its data may be large. */
  contentCrc: number;
  /** The digest. Both are signed 32-bit integers. */
  crc: number;
}

/** Computes the digest of a znode after a change of its data, or for a new one. */
export function digestContent(path: string, data: Uint8Array | null, node: Digested): void {
  if (path.startsWith(EXCLUDED)) return;
  const state = path === ROOT ? CRC32_START : crc32Text(CRC32_START, path);
  node.contentCrc = data === null ? state : crc32Bytes(state, data, 0, data.length);
  node.crc = digestOf(node);
}

/** The same where only the stat changed. */
export function digestStat(path: string, node: Digested): void {
  if (!path.startsWith(EXCLUDED)) node.crc = digestOf(node);
}

const statBytes = new Uint8Array(STAT_PERSISTED_BYTES);
const statView = new DataView(statBytes.buffer);

function digestOf(node: Digested): number {
  node.fillStat(statView);
  let state = crc32Bytes(node.contentCrc, statBytes, StatOffset.CZXID, StatOffset.CTIME);
  state = crc32Bytes(state, statBytes, StatOffset.PZXID, STAT_PERSISTED_BYTES);
  return crc32Of(crc32Bytes(state, statBytes, StatOffset.CTIME, StatOffset.PZXID));
}
