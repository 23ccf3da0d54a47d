import type { Acl } from "@conclave/protocol";
import type { DataTree } from "../tree/data-tree.js";
import type { Znode } from "../tree/znode.js";

/** What validation must know of a znode: as it will be once everything proposed so far is applied. */
export interface PendingNode {
  readonly acl: readonly Acl[];
  readonly version: number;
  /** The stored cversion: the number of the next sequential child. */
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly childCount: number;
  /** Bytes of its data. */
  readonly dataLength: number;
}

/** The state after all that is proposed, for reading. `null`: there will be no such znode. */
export interface PendingView {
  get(path: string): PendingNode | null;
}

/**
 * The changes of one request over a view. It becomes part of the {@link PendingTree} as a whole by `propose`, or is
 * dropped: that is how a failing multi leaves nothing behind.
 */
export class PendingChanges implements PendingView {
  readonly #under: PendingView;
  readonly #nodes = new Map<string, PendingNode | null>();

  constructor(under: PendingView) {
    this.#under = under;
  }

  get(path: string): PendingNode | null {
    const changed = this.#nodes.get(path);
    return changed === undefined ? this.#under.get(path) : changed;
  }

  set(path: string, node: PendingNode | null): void {
    this.#nodes.set(path, node);
  }

  entries(): Iterable<[string, PendingNode | null]> {
    return this.#nodes;
  }
}

interface Stamped {
  readonly zxid: bigint;
  readonly node: PendingNode | null;
}

/**
 * The tree plus everything proposed and not yet applied: what the next request is validated against (trap 3 of the
 * protocol: versions and sequence numbers come from here, never from the tree alone).
 */
export class PendingTree implements PendingView {
  readonly #tree: DataTree;
  readonly #changes = new Map<string, Stamped>();
  /** Paths changed by each proposal, oldest first. */
  #proposals: { readonly zxid: bigint; readonly paths: string[] }[] = [];

  constructor(tree: DataTree) {
    this.#tree = tree;
  }

  get(path: string): PendingNode | null {
    if (this.#changes.size > 0) {
      const change = this.#changes.get(path);
      if (change !== undefined) return change.node;
    }
    const node = this.#tree.get(path);
    return node === undefined ? null : pendingNode(node);
  }

  /** Takes over the changes of a request that was given this zxid. */
  propose(zxid: bigint, changes: PendingChanges): void {
    const paths: string[] = [];
    for (const [path, node] of changes.entries()) {
      this.#changes.set(path, { zxid, node });
      paths.push(path);
    }
    if (paths.length > 0) this.#proposals.push({ zxid, paths });
  }

  /** Forgets what the tree has now: the changes of all proposals up to this zxid. */
  applied(zxid: bigint): void {
    let done = 0;
    for (const proposal of this.#proposals) {
      if (proposal.zxid > zxid) break;
      done++;
      for (const path of proposal.paths) {
        if (this.#changes.get(path)?.zxid === proposal.zxid) this.#changes.delete(path);
      }
    }
    if (done > 0) this.#proposals.splice(0, done);
  }

  /** The ephemerals that a session will own: those of the tree, less those being deleted, plus those being made. */
  ephemeralsOf(sessionId: bigint): string[] {
    const paths = new Set(this.#tree.ephemeralsOf(sessionId));
    for (const [path, { node }] of this.#changes) {
      if (node?.ephemeralOwner === sessionId) paths.add(path);
      else paths.delete(path);
    }
    return [...paths];
  }
}

function pendingNode(node: Znode): PendingNode {
  return {
    acl: node.acl,
    version: node.version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
    childCount: node.children.size,
    dataLength: node.data?.length ?? 0,
  };
}
