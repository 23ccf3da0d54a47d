import { CRC32_START, crc32Bytes, crc32Int, crc32Ints, crc32Of, crc32Text } from "./crc32.js";
import type { StatPersisted } from "./znode.js";

/*
 * The digest of a znode (org.apache.zookeeper.server.DigestCalculator), version 2:
 *
 *   CRC-32 of path, data, long czxid mzxid pzxid ctime mtime, int version cversion aversion, long ephemeralOwner
 *
 * and the tree's is the sum of all modulo 2^64, but for what is below /zookeeper. The root's path is empty.
 */
export const DIGEST_VERSION = 2;

const ROOT = "/";
const EXCLUDED = "/zookeeper/";

/** A znode as far as its digest goes. */
export interface Digested extends StatPersisted {
  /** The state after path and data: a parent of many children, whose stat changes often, may hold much data. */
  contentCrc: number;
  /** The digest. Both are signed 32-bit integers. */
  crc: number;
}

/** Finds out a znode's digest anew after its data changed, or when it came to be. */
export function digestContent(path: string, data: Uint8Array | null, node: Digested): void {
  if (path.startsWith(EXCLUDED)) return;
  const state = path === ROOT ? CRC32_START : crc32Text(CRC32_START, path);
  node.contentCrc = data === null ? state : crc32Bytes(state, data);
  node.crc = digestOf(node);
}

/** The same where only the stat changed. */
export function digestStat(path: string, node: Digested): void {
  if (!path.startsWith(EXCLUDED)) node.crc = digestOf(node);
}

function digestOf(node: Digested): number {
  let state = crc32Long(node.contentCrc, node.czxid);
  state = crc32Long(state, node.mzxid);
  state = crc32Long(state, node.pzxid);
  state = crc32Millis(state, node.ctime);
  state = crc32Millis(state, node.mtime);
  state = crc32Ints(state, node.version, node.cversion);
  long.setBigInt64(0, node.ephemeralOwner);
  state = crc32Ints(state, node.aversion, long.getInt32(0));
  return crc32Of(crc32Int(state, long.getInt32(4)));
}

const long = new DataView(new ArrayBuffer(8));

function crc32Long(state: number, value: bigint): number {
  long.setBigInt64(0, value);
  return crc32Ints(state, long.getInt32(0), long.getInt32(4));
}

function crc32Millis(state: number, value: number): number {
  return crc32Ints(state, Math.floor(value / 0x1_0000_0000) | 0, value | 0);
}
