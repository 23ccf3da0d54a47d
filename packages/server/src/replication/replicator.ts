import type { TxnRecord } from "../tree/txn.js";

/** Puts proposed records onto disks, and gets them committed. */
export interface Replicator {
  /** Takes the next record; its zxid is greater than the one before. Progress is reported to {@link ReplicatorEvents}. */
  propose(record: TxnRecord): void;
  /**
   * Finds out whether a quorum still follows this server; the role's `synced` answers, once for each call, in order.
   * `undefined` for a server that is alone.
   */
  requestSync?(): void;
}

/** Receives the progress of a {@link Replicator}, in zxid order. */
export interface ReplicatorEvents {
  /** All records up to this zxid are on this server's disk. */
  durable(zxid: bigint): void;
  /** All records up to this zxid are decided: no failure that the ensemble survives can undo them. */
  committed(zxid: bigint): void;
  /** The log cannot be written any more. Called once; nothing is reported after it. */
  failed(cause: unknown): void;
}
