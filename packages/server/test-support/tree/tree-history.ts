import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { DataTree } from "../../src/tree/data-tree.js";
import type { Txn, TxnRecord, TxnResult } from "../../src/tree/txn.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Applies transactions with the zxids 1, 2, …, each a second after the one before. */
export class TreeHistory {
  readonly tree = new DataTree();
  readonly applied: TxnRecord[] = [];
  #zxid = 0n;

  apply(txn: Txn, clientId = 7n): TxnResult {
    this.#zxid++;
    const header = { clientId, cxid: 0, zxid: this.#zxid, time: Number(this.#zxid) * 1000, type: txn.type };
    this.applied.push({ header, txn });
    return this.tree.apply({ header, txn });
  }

  create(path: string, options: { data?: string; ephemeral?: boolean; clientId?: bigint } = {}): TxnResult {
    const { data = "", ephemeral = false, clientId = 7n } = options;
    const txn = { type: OpCode.create, path, data: bytes(data), acl: OPEN_ACL_UNSAFE, ephemeral, parentCVersion: -1 };
    return this.apply(txn, clientId);
  }

  delete(path: string): TxnResult {
    return this.apply({ type: OpCode.delete, path });
  }
}
