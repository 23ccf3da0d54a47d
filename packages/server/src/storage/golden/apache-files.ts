import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TxnRecord } from "../../tree/txn.js";
import type { SnapshotNode, SnapshotSession } from "../snapshot-source.js";

/** The folder with the files that Apache ZooKeeper 3.8.0 wrote. */
export const apacheFolder = join(import.meta.dirname, "version-2");

/** Content of the files as Java's own readers find it. */
export interface ApacheFiles {
  readonly snapshots: Readonly<
    Record<string, { readonly sessions: readonly SnapshotSession[]; readonly nodes: readonly SnapshotNode[] }>
  >;
  readonly transactions: readonly TxnRecord[];
}

const LONGS = new Set("clientId zxid treeDigest ttl id czxid mzxid pzxid ephemeralOwner digest".split(" "));

/** Encoding of 64-bit integers and bytes, which JSON lacks: see CaptureFiles.java. */
export const apacheFiles: ApacheFiles = JSON.parse(
  readFileSync(join(import.meta.dirname, "apache-3.8.0.json"), "utf8"),
  (key, value) => {
    if (typeof value === "string" && LONGS.has(key) && value.startsWith("0x")) return BigInt.asIntN(64, BigInt(value));
    if (typeof value === "object" && value !== null && typeof value.hex === "string") {
      return new Uint8Array(Buffer.from(value.hex, "hex"));
    }
    return value;
  },
);
