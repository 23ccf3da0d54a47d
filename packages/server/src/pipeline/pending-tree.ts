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

/** Up to so many changes are looked through one by one: most requests make one or two. */
const FEW = 8;

/**
 * The changes of one request over a view. It becomes part of the {@link PendingTree} as a whole by `propose`, or is
 * dropped: that is how a failing multi leaves nothing behind.
 */
export class PendingChanges implements PendingView {
  readonly #under: PendingView;
  readonly #paths: string[] = [];
  /** What becomes of the paths, in their order. */
  readonly #nodes: (PendingNode | null)[] = [];
  /** Where each path is, once there are more than a few. */
  #index: Map<string, number> | undefined;

  constructor(under: PendingView) {
    this.#under = under;
  }

  /** Those that change, each once. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  get(path: string): PendingNode | null {
    const at = this.#indexOf(path);
    return at === -1 ? this.#under.get(path) : this.#nodes[at]!;
  }

  set(path: string, node: PendingNode | null): void {
    const at = this.#indexOf(path);
    if (at !== -1) {
      this.#nodes[at] = node;
      return;
    }
    this.#index?.set(path, this.#paths.length);
    this.#paths.push(path);
    this.#nodes.push(node);
    if (this.#paths.length === FEW) this.#index = new Map(this.#paths.map((each, index) => [each, index]));
  }

  #indexOf(path: string): number {
    return this.#index === undefined ? this.#paths.indexOf(path) : (this.#index.get(path) ?? -1);
  }
}

/**
 * The tree plus everything proposed and not yet applied: what the next request is validated against (trap 3 of the
 * protocol: versions and sequence numbers come from here, never from the tree alone).
 */
export class PendingTree implements PendingView {
  readonly #tree: DataTree;
  /** Of each path that changes, the latest changes. */
  readonly #latest = new Map<string, PendingChanges>();

  constructor(tree: DataTree) {
    this.#tree = tree;
  }

  get(path: string): PendingNode | null {
    if (this.#latest.size > 0) {
      const changes = this.#latest.get(path);
      if (changes !== undefined) return changes.get(path);
    }
    const node = this.#tree.get(path);
    return node === undefined ? null : pendingNode(node);
  }

  /** Takes over the changes of a request that was proposed. */
  propose(changes: PendingChanges): void {
    for (const path of changes.paths) this.#latest.set(path, changes);
  }

  /** Forgets changes that the tree has now. Each is given here in the order in which they were proposed. */
  applied(changes: PendingChanges): void {
    for (const path of changes.paths) {
      if (this.#latest.get(path) === changes) this.#latest.delete(path);
    }
  }

  /** The ephemerals that a session will own: those of the tree, less those being deleted, plus those being made. */
  ephemeralsOf(sessionId: bigint): string[] {
    const paths = new Set(this.#tree.ephemeralsOf(sessionId));
    for (const [path, changes] of this.#latest) {
      if (changes.get(path)?.ephemeralOwner === sessionId) paths.add(path);
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
