import { OpCode, parentPath } from "@conclave/protocol";
import type { DigestSum } from "../digest-sum.js";
import { DIGEST_VERSION, digestContent, digestStat } from "../node-digest.js";
import type { AnyCreateTxn, Txn, TxnDigest, TxnHeader, TxnRecord, TxnResult, ZnodeDigests } from "../txn.js";
import type { Znode } from "../znode.js";
import { ChangedZnodes } from "./changed-znodes.js";
import { PendingZnode, type ZnodeView } from "./pending-znode.js";

/** Looks up znodes for validation. */
export interface ZnodeLookup {
  /** Returns the znode at a path, or `null` if there will be none. Valid until the next transaction is added. */
  get(path: string): ZnodeView | null;
}

/** The state below pending changes: the applied tree, or another pending tree. */
interface Base {
  /** Returns the same number for the same path; a client cannot predict it. */
  hashOf(path: string): number;
  get(path: string, hash: number): PendingZnode | Znode | null | undefined;
  ephemeralsOf(sessionId: bigint): Iterable<string>;
  /** Digest of the applied tree; `undefined` if none is kept. */
  readonly digestSum: DigestSum | undefined;
}

/** The tree that {@link PendingTree.applyTo} changes. */
interface AppliedTree {
  apply(record: TxnRecord, digests?: ZnodeDigests): TxnResult;
}

/**
 * The tree as it will be once all pending transactions are applied (ZooKeeper's outstandingChanges). Requests are validated
 * against it, because versions and sequence numbers must count every earlier proposal. It also computes the digest that is
 * logged with each transaction.
 *
 * Transactions that are added must be valid: the znodes that they create do not exist, those that they change do.
 */
export class PendingTree implements ZnodeLookup {
  readonly #base: Base;
  readonly #sum: DigestSum | undefined;
  /**
   * Two generations of changed znodes. `#older` holds znodes last changed at or before `#turn`; when the tree has applied
   * `#turn`, it is dropped as a whole and `#newer` takes its place. So no change is looked up to be forgotten.
   */
  #newer = new ChangedZnodes();
  #older = new ChangedZnodes();
  #turn = NONE;
  /** First and last zxid that are pending. */
  #first = NONE;
  #last = NONE;
  #znodeDigests: ZnodeDigests | undefined;

  constructor(base: Base) {
    this.#base = base;
    this.#sum = base.digestSum?.copy();
  }

  /** Returns a pending tree on top of this one, to try transactions. Changes of it do not reach this one. */
  fork(): PendingTree {
    return new PendingTree({
      hashOf: (path) => this.#base.hashOf(path),
      get: (path, hash) => this.#find(path, hash),
      ephemeralsOf: (sessionId) => this.ephemeralsOf(sessionId),
      digestSum: undefined,
    });
  }

  get(path: string): ZnodeView | null {
    return this.#find(path, this.#base.hashOf(path)) ?? null;
  }

  /** Returns the paths of the ephemerals that a session will own. */
  ephemeralsOf(sessionId: bigint): string[] {
    const paths = new Set(this.#base.ephemeralsOf(sessionId));
    for (const changed of [this.#older, this.#newer]) {
      for (const [path, node] of changed) {
        if (node?.ephemeralOwner === sessionId) paths.add(path);
        else paths.delete(path);
      }
    }
    return [...paths];
  }

  /**
   * Adds the next transaction. Returns the digest that the tree will have after it; `undefined` if none is kept, and for an
   * error, which Apache logs without a digest.
   */
  add(header: TxnHeader, txn: Txn): TxnDigest | undefined {
    if (this.#first === NONE) {
      this.#first = header.zxid;
      if (this.#sum !== undefined) this.#sum.become(this.#base.digestSum!);
    }
    this.#last = header.zxid;
    this.#znodeDigests = undefined;
    this.#change(header, txn);
    if (this.#sum === undefined || txn.type === OpCode.error) return undefined;
    // The digests of a multi would be those of its last write alone.
    const znodes = txn.type === OpCode.multi ? undefined : this.#znodeDigests;
    return { version: DIGEST_VERSION, treeDigest: this.#sum.value, znodes };
  }

  /**
   * Applies a record to the tree below and drops the pending changes up to it. Reuses the digests computed by {@link
   * add}. A record that was never added, such as one of another leader, drops all pending changes.
   */
  applyTo(tree: AppliedTree, record: TxnRecord): TxnResult {
    const { zxid } = record.header;
    const isPending = this.#first !== NONE && zxid >= this.#first && zxid <= this.#last;
    const result = tree.apply(record, isPending ? record.digest?.znodes : undefined);
    if (this.#first !== NONE) this.#forget(zxid);
    return result;
  }

  #forget(zxid: bigint): void {
    if (zxid >= this.#last || zxid < this.#first) {
      this.#forgetAll();
    } else {
      this.#first = zxid;
      if (zxid >= this.#turn) this.#dropOlder();
    }
  }

  #forgetAll(): void {
    this.#first = NONE;
    this.#turn = NONE;
    if (!this.#newer.isEmpty) this.#newer = new ChangedZnodes();
    if (!this.#older.isEmpty) this.#older = new ChangedZnodes();
  }

  #dropOlder(): void {
    this.#older = this.#newer;
    this.#newer = new ChangedZnodes();
    this.#turn = this.#last;
  }

  #change(header: TxnHeader, txn: Txn): void {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        this.#create(header, txn);
        break;
      case OpCode.delete:
      case OpCode.deleteContainer:
        this.#delete(header, txn.path);
        break;
      case OpCode.setData:
      case OpCode.reconfig:
        this.#setData(header, txn.path, txn.data, txn.version);
        break;
      case OpCode.setACL: {
        const node = this.#edit(txn.path);
        node?.setAcl(txn.acl, txn.version);
        this.#statChanged(txn.path, node);
        break;
      }
      case OpCode.closeSession:
        for (const path of txn.paths ?? []) this.#delete(header, path);
        for (const path of this.ephemeralsOf(header.clientId)) this.#delete(header, path);
        break;
      case OpCode.multi:
        if (txn.txns.some(({ type }) => type === OpCode.error)) break;
        for (const each of txn.txns) this.#change(header, each);
        break;
      default: // changes no znode
    }
  }

  #create(header: TxnHeader, txn: AnyCreateTxn): void {
    const parentAt = parentPath(txn.path);
    const parent = this.#edit(parentAt);
    if (parent === undefined) return;
    parent.childCreated(txn.parentCVersion, header.zxid);
    this.#statChanged(parentAt, parent);
    const node = PendingZnode.createdBy(header, txn);
    this.#set(txn.path, node);
    if (this.#sum === undefined) return;
    digestContent(txn.path, txn.data, node);
    this.#sum.add(node.crc);
    this.#znodeDigests = { contentCrc: node.contentCrc, crc: node.crc, parentCrc: parent.crc };
  }

  #delete({ zxid }: TxnHeader, path: string): void {
    // A closeSession lists an ephemeral that an earlier transaction deletes.
    if (this.#edit(path) === undefined) return;
    this.#set(path, null);
    const parentAt = parentPath(path);
    const parent = this.#edit(parentAt);
    parent?.childDeleted(zxid);
    this.#statChanged(parentAt, parent);
  }

  #setData(header: TxnHeader, path: string, data: Uint8Array | null, version: number): void {
    const node = this.#edit(path);
    if (node === undefined) return;
    node.setData(header, data, version);
    if (this.#sum === undefined) return;
    digestContent(path, data, node);
    this.#sum.add(node.crc);
    this.#znodeDigests = { contentCrc: node.contentCrc, crc: node.crc, parentCrc: 0 };
  }

  /** Returns a copy of the znode to change, and subtracts its digest; the caller adds the new one. */
  #edit(path: string): PendingZnode | undefined {
    const hash = this.#base.hashOf(path);
    let node = this.#newer.get(path, hash);
    if (node === undefined) {
      const older = this.#older.get(path, hash);
      const found = older === undefined ? this.#base.get(path, hash) : older;
      if (found === null || found === undefined) return undefined;
      node = older ?? PendingZnode.of(found);
      this.#newer.set(path, hash, node);
    }
    if (node === null) return undefined;
    this.#sum?.subtract(node.crc);
    return node;
  }

  /** Adds the digest of a znode after a change of its stat alone. */
  #statChanged(path: string, node: PendingZnode | undefined): void {
    if (node === undefined || this.#sum === undefined) return;
    digestStat(path, node);
    this.#sum.add(node.crc);
  }

  #set(path: string, node: PendingZnode | null): void {
    this.#newer.set(path, this.#base.hashOf(path), node);
  }

  #find(path: string, hash: number): PendingZnode | Znode | null | undefined {
    if (this.#first === NONE) return this.#base.get(path, hash);
    const newer = this.#newer.get(path, hash);
    if (newer !== undefined) return newer;
    const older = this.#older.get(path, hash);
    return older === undefined ? this.#base.get(path, hash) : older;
  }
}

/** Marks the absence of a zxid. */
const NONE = -1n;
