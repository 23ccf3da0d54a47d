import { data, int, long, raw, row } from "./wire-field.ts";

/** A znode as it stands in a snapshot: what is not said is 0. */
export interface SnapshotNode {
  readonly path: string;
  readonly version?: number;
  /** How many children were ever made below it. */
  readonly cversion?: number;
  readonly aversion?: number;
}

const MAGIC = "5a4b534e"; // ZKSN
const OPEN_TO_ALL = long(-1n);
const ADLER_BASE = 65_521;

/**
 * A snapshot, as a server finds it on its disk, of a tree with these znodes besides those that every tree has: header, no
 * sessions, no ACL lists, the nodes with 60 bytes of stat each, an end, and the seal (Adler-32 and a path).
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
