import type { Acl, JuteWriter } from "@conclave/protocol";
import { STAT_PERSISTED_BYTES } from "./stat-bytes.js";
import type { StatPersisted } from "./stat-persisted.js";
import type { WalkedPath } from "./walked-path.js";
import type { Znode } from "./znode.js";

/** A znode on its way to or from a snapshot. */
export interface TreeNode {
  /** "" for the root. */
  readonly path: string;
  readonly data: Uint8Array | null;
  /** `null`: everybody, everything. */
  readonly acl: readonly Acl[] | null;
  readonly stat: StatPersisted;
  /** The same as bytes, where they are at hand. */
  readonly encoded?: EncodedTreeNode | undefined;
}

/** Writes the parts of a znode as a snapshot has them. */
export interface EncodedTreeNode {
  writePath(out: JuteWriter): void;
  writeData(out: JuteWriter): void;
  writeStat(out: JuteWriter): void;
}

/** A znode of a tree, read as it is asked for: valid until the tree changes or the next one comes. */
export class TreeEntry implements TreeNode, EncodedTreeNode {
  readonly #path: WalkedPath;
  readonly stat: Znode;

  constructor(path: WalkedPath, node: Znode) {
    this.#path = path;
    this.stat = node;
  }

  get path(): string {
    return this.#path.toString();
  }

  get data(): Uint8Array | null {
    return this.stat.data;
  }

  get acl(): readonly Acl[] {
    return this.stat.acl;
  }

  get encoded(): EncodedTreeNode {
    return this;
  }

  writePath(out: JuteWriter): void {
    this.#path.write(out);
  }

  writeData(out: JuteWriter): void {
    this.stat.writeData(out);
  }

  writeStat(out: JuteWriter): void {
    this.stat.fillStat(statView);
    out.writeRaw(statBytes);
  }
}

const statBytes = new Uint8Array(STAT_PERSISTED_BYTES);
const statView = new DataView(statBytes.buffer);

/** The whole replicated state, for a snapshot. */
export interface TreeSource {
  readonly lastZxid: bigint;
  readonly sessions: Iterable<{ readonly id: bigint; readonly timeoutMs: number }>;
  readonly acls: Iterable<readonly Acl[]>;
  readonly nodes: Iterable<TreeNode>;
  /** Returns the digest of the tree at the time of the call; `undefined` if the tree keeps none. */
  readonly digest?: () => { readonly zxid: bigint; readonly version: number; readonly digest: bigint };
}
