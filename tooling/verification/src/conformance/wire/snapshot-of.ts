import { data, int, long, raw, row } from "./wire-field.ts";

/** A znode in a snapshot; missing fields are 0. */
export interface SnapshotNode {
  readonly path: string;
  readonly version?: number;
  /** Counter of the names of sequential children. */
  readonly cversion?: number;
  readonly aversion?: number;
}

const MAGIC = "5a4b534e"; // ZKSN
const OPEN_TO_ALL = long(-1n);
const ADLER_BASE = 65_521;

/**
 * Returns a snapshot file of a tree with these znodes and those of every tree: header, no sessions, no ACL lists, the nodes
 * with 60 bytes of Stat each, an end mark, and the checksum (Adler-32 and a path).
 */
export function snapshotOf(nodes: readonly SnapshotNode[]): Uint8Array {
  const first = ["", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"].map((path) => ({ path }));
  const sealed = row(
    ...[raw(MAGIC), int(2), long(-1n), int(0), int(0)],
    ...[...first, ...nodes].map(nodeOf),
    data("/"),
  ).bytes;
  return row({ bytes: sealed, shown: "" }, long(adler32(sealed)), data("/")).bytes;
}

const nodeOf = ({ path, version = 0, cversion = 0, aversion = 0 }: SnapshotNode) =>
  row(
    ...[data(path), data(""), OPEN_TO_ALL],
    ...[long(0n), long(0n), long(0n), long(0n)], // czxid, mzxid, ctime, mtime
    ...[int(version), int(cversion), int(aversion)],
    ...[long(0n), long(0n)], // owner, pzxid
  );

function adler32(bytes: Uint8Array): bigint {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % ADLER_BASE;
    high = (high + low) % ADLER_BASE;
  }
  return (BigInt(high) << 16n) | BigInt(low);
}
