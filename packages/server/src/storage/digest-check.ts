import type { Logger } from "@conclave/runtime";
import { DIGEST_VERSION } from "../tree/node-digest.js";
import type { TxnRecord } from "../tree/txn.js";
import { formatZxid } from "../tree/zxid.js";
import type { SnapshotDigest } from "./snapshot-source.js";

/**
 * Compares the digests on record with those of the recovered tree, as Apache does: the digest of a snapshot when the
 * transaction is applied that it belongs to, and the digest of a transaction after it, except for transactions that a
 * fuzzy snapshot may contain in part. Digests of another version are ignored. The first mismatch is logged, all are
 * counted.
 */
export class DigestCheck {
  readonly #logger: Logger;
  /** Digest of the snapshot until the tree has reached its transaction. */
  #awaited: SnapshotDigest | undefined;
  #mismatches = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get mismatches(): number {
    return this.#mismatches;
  }

  /** The snapshot of `zxid` was restored. */
  restored(zxid: bigint, digest: SnapshotDigest | undefined, actual: bigint | undefined): void {
    // One of an earlier transaction is left from before the leader's snapshot that Apache's learner began with.
    this.#awaited = digest !== undefined && digest.zxid >= zxid ? digest : undefined;
    this.#reached(zxid, actual);
  }

  applied({ header: { zxid }, digest }: TxnRecord, actual: bigint | undefined): void {
    if (this.#awaited !== undefined) this.#reached(zxid, actual);
    else if (digest !== undefined) this.#compare(zxid, digest.version, digest.treeDigest, actual);
  }

  /** The log has no more. */
  done(lastZxid: bigint): void {
    if (this.#awaited === undefined) return;
    this.#logger.warn("the snapshot contains transactions that the log lacks", {
      snapshotReaches: formatZxid(this.#awaited.zxid),
      lastZxid: formatZxid(lastZxid),
    });
  }

  #reached(zxid: bigint, actual: bigint | undefined): void {
    const awaited = this.#awaited;
    if (awaited === undefined || zxid < awaited.zxid) return;
    this.#awaited = undefined;
    if (zxid === awaited.zxid) this.#compare(zxid, awaited.version, awaited.digest, actual);
  }

  #compare(zxid: bigint, version: number, expected: bigint, actual: bigint | undefined): void {
    if (actual === undefined || version !== DIGEST_VERSION || actual === expected) return;
    this.#mismatches++;
    if (this.#mismatches > 1) return;
    this.#logger.warn(
      "the digest on record differs from that of the data: compare this server's data with those of the others",
      {
        zxid: formatZxid(zxid),
        expected: `0x${BigInt.asUintN(64, expected).toString(16)}`,
        actual: `0x${BigInt.asUintN(64, actual).toString(16)}`,
      },
    );
  }
}
