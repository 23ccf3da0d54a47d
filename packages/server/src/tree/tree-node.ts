import type { Acl } from "@conclave/protocol";
import type { StatPersisted } from "./stat-persisted.js";
import type { Znode } from "./znode.js";
import type { ZnodeTable } from "./znode-table.js";

/** A znode on its way to or from a snapshot. */
export interface TreeNode {
  /** "" for the root. */
  readonly path: string;
  /** The path's UTF-8, where it is at hand. */
  readonly pathBytes?: Uint8Array | undefined;
  readonly data: Uint8Array | null;
  /** `null`: everybody, everything. */
  readonly acl: readonly Acl[] | null;
  readonly stat: StatPersisted;
  /** The stat as it stands in a snapshot, where it is at hand. */
  readonly statBytes?: Uint8Array | undefined;
}

/** A znode of a tree, read as it is asked for: valid until the tree changes, its bytes until the next one comes. */
export class TreeEntry implements TreeNode {
  readonly #table: ZnodeTable;
  readonly stat: Znode;
  readonly pathBytes: Uint8Array;
  readonly statBytes: Uint8Array;

  constructor(table: ZnodeTable, node: Znode, pathBytes: Uint8Array, statBytes: Uint8Array) {
    this.#table = table;
    this.stat = node;
    this.pathBytes = pathBytes;
    this.statBytes = statBytes;
  }

  get path(): string {
    return this.#table.pathOf(this.stat);
  }

  get data(): Uint8Array | null {
    return this.stat.data;
  }

  get acl(): readonly Acl[] {
    return this.stat.acl;
  }
}
