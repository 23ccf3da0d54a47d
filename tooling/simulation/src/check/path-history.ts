import { OpCode, parentPath, type Stat } from "@conclave/protocol";
import type { DataTree, Txn, TxnRecord } from "@conclave/server/simulation";

/** A znode after a transaction; `undefined` if it does not exist. */
export type ZnodeState = { readonly data: Uint8Array; readonly stat: Stat } | undefined;

/** One change of a znode. */
export interface ZnodeChange {
  readonly zxid: bigint;
  readonly state: ZnodeState;
  readonly data: boolean;
  readonly children: boolean;
}

/** All states that the znodes of the committed history had. */
export class PathHistory {
  readonly #changes = new Map<string, ZnodeChange[]>();

  /** Takes the changes of a record that was applied to the tree. `ephemerals` are those of a session that it closes. */
  applied(tree: DataTree, { header, txn }: TxnRecord, ephemerals: readonly string[]): void {
    const changed = new Map<string, { data: boolean; children: boolean }>();
    collect(txn, ephemerals, changed);
    for (const [path, { data, children }] of changed) {
      const node = tree.get(path);
      const state = node && { data: node.data?.slice() ?? new Uint8Array(0), stat: node.stat() };
      const changes = this.#changes.get(path);
      const change = { zxid: header.zxid, state, data, children };
      if (changes === undefined) this.#changes.set(path, [change]);
      else changes.push(change);
    }
  }

  /** Returns the state of a znode after a transaction. */
  at(path: string, zxid: bigint): ZnodeState {
    return this.#changes.get(path)?.findLast((each) => each.zxid <= zxid)?.state;
  }

  /** Returns the changes after one transaction, up to another. */
  between(path: string, after: bigint, to: bigint): readonly ZnodeChange[] {
    const changes = this.#changes.get(path) ?? [];
    let start = changes.length;
    while (start > 0 && changes[start - 1]!.zxid > after) start--;
    return changes.slice(start).filter(({ zxid }) => zxid <= to);
  }
}

function collect(
  txn: Txn,
  ephemerals: readonly string[],
  changed: Map<string, { data: boolean; children: boolean }>,
): void {
  const note = (path: string, kind: "data" | "children"): void => {
    const at = path === "" ? "/" : path;
    const entry = changed.get(at) ?? { data: false, children: false };
    changed.set(at, { ...entry, [kind]: true });
  };
  switch (txn.type) {
    case OpCode.multi: {
      if (txn.txns.some(({ type }) => type === OpCode.error)) return;
      for (const each of txn.txns) collect(each, ephemerals, changed);
      return;
    }
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.deleteContainer:
      note(txn.path, "data");
      return note(parentPath(txn.path), "children");
    case OpCode.setData:
      return note(txn.path, "data");
    case OpCode.closeSession:
      for (const path of ephemerals) {
        note(path, "data");
        note(parentPath(path), "children");
      }
      return;
  }
}
