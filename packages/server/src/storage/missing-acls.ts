import { OpCode } from "@conclave/protocol";
import type { Txn, TxnRecord } from "../tree/txn.js";
import { MISSING_ACL } from "./snapshot-reader.js";
import type { SnapshotNode } from "./snapshot-source.js";

/**
 * Znodes of a snapshot whose ACL is not in it: they were created, or their ACL was set, while the snapshot was written.
 * The log has the transaction. Replaying a `setACL` sets the ACL; replaying a create finds the znode and changes
 * nothing, so the ACL is set by an additional transaction.
 */
export class MissingAcls {
  readonly #nodes = new Map<string, SnapshotNode["stat"]>();

  note({ path, acl, stat }: SnapshotNode): void {
    if (acl === MISSING_ACL) this.#nodes.set(path, stat);
  }

  clear(): void {
    this.#nodes.clear();
  }

  /** The nodes that are still without. */
  get paths(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** Returns the transactions to apply after `record`. */
  after(record: TxnRecord): readonly TxnRecord[] {
    if (this.#nodes.size === 0) return [];
    const { txn, header } = record;
    return (txn.type === OpCode.multi ? txn.txns : [txn]).flatMap((each) => this.#afterOne(each, header));
  }

  #afterOne(txn: Txn, header: TxnRecord["header"]): TxnRecord[] {
    if (!("path" in txn)) return [];
    const stat = this.#nodes.get(txn.path);
    if (stat === undefined) return [];
    if (txn.type === OpCode.delete || txn.type === OpCode.deleteContainer || txn.type === OpCode.setACL) {
      this.#nodes.delete(txn.path);
      return [];
    }
    if (!("acl" in txn) || header.zxid !== stat.czxid) return [];
    this.#nodes.delete(txn.path);
    const repair = { type: OpCode.setACL, path: txn.path, acl: txn.acl, version: stat.aversion };
    return [{ header: { ...header, type: OpCode.setACL }, txn: repair }];
  }
}
