import { type Acl, ErrorCode, EventType, OPEN_ACL_UNSAFE, OpCode, parentPath } from "@conclave/protocol";
import { DigestLog, type LoggedDigest } from "./digest-log.js";
import { DigestSum } from "./digest-sum.js";
import { EphemeralIndex } from "./ephemeral-index.js";
import { CONFIG, INITIAL_STAT, QUOTA, READ_ONLY_ACL, ROOT, ZOOKEEPER } from "./initial-znodes.js";
import { DIGEST_VERSION, digestContent, digestStat } from "./node-digest.js";
import { QuotaTable } from "./quota-table.js";
import type { StatPersisted } from "./stat-persisted.js";
import { TreeEntry, type TreeNode, type TreeSource } from "./tree-node.js";
import type { AnyCreateTxn, Txn, TxnHeader, TxnRecord, TxnResult, ZnodeDigests } from "./txn.js";
import { WalkedPath } from "./walked-path.js";
import { type Watcher, type WatchLimits, WatchTable, watchCost } from "./watch-table.js";
import { ownerOf, ttlOf, type Znode } from "./znode.js";
import { ZnodeTable } from "./znode-table.js";

export interface DataTreeOptions {
  /** Keep the digest of the tree up to date, at some hundreds of nanoseconds for each write. @default true */
  readonly digest?: boolean | undefined;
  /** Seed of the path hashes, see {@link ZnodeTable}. @default 0 */
  readonly hashSeed?: number | undefined;
}

const NO_DATA = new Uint8Array(0);

/**
 * The replicated state: znodes, sessions, and the watches on it. Only {@link apply} changes it, and the same transactions in
 * the same order make the same tree on every server.
 *
 * Applying is idempotent, as a fuzzy snapshot requires: a snapshot is written while transactions are applied, so replaying
 * the log on it meets changes that it contains already.
 */
export class DataTree {
  readonly #nodes: ZnodeTable;
  readonly #ephemerals = new EphemeralIndex();
  /** Timeouts in milliseconds of the sessions that exist, by session id. */
  readonly sessions = new Map<bigint, number>();
  readonly dataWatches = new WatchTable();
  readonly childWatches = new WatchTable();
  /** Limits of this server, in units of {@link watchCost}; not part of the replicated state. */
  watchLimits: WatchLimits = { perWatcher: Number.POSITIVE_INFINITY, inAll: Number.POSITIVE_INFINITY };
  readonly quotas = new QuotaTable({
    get: (path) => this.#nodes.get(path),
    write: (path, data) => this.#setUsage(path, data),
  });
  /** Sum of the znodes' digests; `undefined` if none is kept. */
  readonly digestSum: DigestSum | undefined;
  readonly #digestLog = new DigestLog();
  #lastZxid = 0n;
  #dataBytes = 1; // the path of the root

  constructor({ digest = true, hashSeed = 0 }: DataTreeOptions = {}) {
    this.#nodes = new ZnodeTable(hashSeed);
    this.digestSum = digest ? new DigestSum() : undefined;
    this.#set(ROOT, this.#nodes.root, NO_DATA, OPEN_ACL_UNSAFE, INITIAL_STAT);
    const zookeeper = this.#add(ZOOKEEPER, this.#nodes.root, NO_DATA, OPEN_ACL_UNSAFE, INITIAL_STAT);
    this.#add(QUOTA, zookeeper, NO_DATA, OPEN_ACL_UNSAFE, INITIAL_STAT);
    this.#add(CONFIG, zookeeper, NO_DATA, READ_ONLY_ACL, { ...INITIAL_STAT, aversion: -1 });
  }

  /** Zxid of the last applied transaction. */
  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /** Set by recovery to the zxid of the snapshot. */
  set lastZxid(zxid: bigint) {
    this.#lastZxid = zxid;
  }

  /** Digest of all znodes as Apache defines it, a signed 64-bit integer; `undefined` if none is kept. */
  get digest(): bigint | undefined {
    return this.digestSum?.value;
  }

  /** Digests after every 128th transaction, oldest first. */
  get digestLog(): readonly LoggedDigest[] {
    return this.#digestLog.entries;
  }

  get nodeCount(): number {
    return this.#nodes.count;
  }

  /** Bytes of all paths and data. */
  get approximateDataBytes(): number {
    return this.#dataBytes;
  }

  get ephemeralCount(): number {
    return this.#ephemerals.size;
  }

  /** Hash of a path, for {@link get}. Depends on the seed, so a client cannot choose paths with equal hashes. */
  hashOf(path: string): number {
    return this.#nodes.hashOf(path);
  }

  /** Returns the znode at a path; "" is the root as well. `hash` is the {@link hashOf} of the path if it is known. */
  get(path: string, hash?: number): Znode | undefined {
    return this.#nodes.get(path, hash);
  }

  /** Returns the paths of a session's ephemerals. */
  ephemeralsOf(sessionId: bigint): Iterable<string> {
    return this.#ephemerals.pathsOf(sessionId);
  }

  /** Counts the znodes below a path, at any depth. */
  countBelow(path: string): number {
    if (path === "" || path === ROOT) return this.#nodes.count - 1;
    let count = -1;
    const left = [this.#nodes.get(path)];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      count++;
      for (const child of node.children()) left.push(child);
    }
    return Math.max(count, 0);
  }

  /**
   * Yields the paths of containers that had children and have none now, and of TTL nodes without children whose TTL has
   * passed since their last change. `time` is in milliseconds since 1970. The server deletes them (ContainerManager).
   */
  *expired(time: number): Generator<string> {
    for (const path of this.#ephemerals.expirable) {
      const node = this.#nodes.get(path);
      if (node === undefined || node.childCount > 0) continue;
      const ttlMs = ttlOf(node.ephemeralOwner);
      if (ttlMs === undefined ? node.cversion > 0 : time - node.mtime > ttlMs) yield path;
    }
  }

  /** Returns true if the limits allow the watcher one more watch at this path. */
  hasRoomForWatch(watcher: Watcher, path: string): boolean {
    const { dataWatches: data, childWatches: child, watchLimits } = this;
    const cost = watchCost(path);
    return (
      data.costOf(watcher) + child.costOf(watcher) + cost <= watchLimits.perWatcher &&
      data.cost + child.cost + cost <= watchLimits.inAll
    );
  }

  /** Removes watches of a closed connection, at most `limit` of each kind. Returns true if it must be called again. */
  removeWatcher(watcher: Watcher, limit?: number): boolean {
    const isData = this.dataWatches.removeWatcher(watcher, limit);
    const isChild = this.childWatches.removeWatcher(watcher, limit);
    return isData || isChild;
  }

  /** Applies the next transaction. `digests` are those of its znodes, if they were computed before. */
  apply({ header, txn }: TxnRecord, digests?: ZnodeDigests): TxnResult {
    const result = this.#applyTxn(header, txn, digests);
    if (header.zxid > this.#lastZxid) this.#lastZxid = header.zxid;
    if (this.digestSum !== undefined && this.#digestLog.isDue(header.zxid)) {
      this.#digestLog.add(header.zxid, this.digestSum.value);
    }
    return result;
  }

  /** Writes the configuration of the ensemble into {@link CONFIG}, as if by a transaction with its version. */
  setConfiguration(text: string, version: bigint): void {
    const header = { clientId: 0n, cxid: 0, zxid: version, time: 0, type: OpCode.reconfig };
    const data = new TextEncoder().encode(text);
    this.#setData(header, { type: OpCode.reconfig, path: CONFIG, data, version: -1 });
  }

  /** Updates the digest after a change of a znode's stat. `known` is the new digest if it was computed before. */
  #statChanged(path: string, node: Znode, known?: number): void {
    if (this.digestSum === undefined) return;
    this.digestSum.subtract(node.crc);
    if (known === undefined) digestStat(path, node);
    else node.crc = known;
    this.digestSum.add(node.crc);
  }

  /** Updates the digest after a change of a znode's data and stat. */
  #contentChanged(path: string, node: Znode, data: Uint8Array | null, known?: ZnodeDigests): void {
    if (this.digestSum === undefined) return;
    this.digestSum.subtract(node.crc);
    if (known === undefined) {
      digestContent(path, data, node);
    } else {
      node.contentCrc = known.contentCrc;
      node.crc = known.crc;
    }
    this.digestSum.add(node.crc);
  }

  #applyTxn(header: TxnHeader, txn: Txn, digests?: ZnodeDigests): TxnResult {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        return this.#create(header, txn, digests);
      case OpCode.delete:
      case OpCode.deleteContainer:
        return { type: txn.type, err: this.#delete(txn.path, header.zxid) };
      case OpCode.setData:
        return this.#setData(header, txn, digests);
      case OpCode.reconfig:
        return { ...this.#setData(header, txn, digests), type: OpCode.reconfig, data: txn.data };
      case OpCode.setACL:
        return this.#setAcl(txn.path, txn.acl, txn.version);
      case OpCode.check:
        return { type: txn.type, err: ErrorCode.OK };
      case OpCode.createSession:
        this.sessions.set(header.clientId, txn.timeoutMs);
        return { type: txn.type, err: ErrorCode.OK };
      case OpCode.closeSession:
        return this.#closeSession(header, txn.paths);
      case OpCode.error:
        return { type: OpCode.error, err: txn.err };
      case OpCode.multi:
        return { type: txn.type, err: ErrorCode.OK, results: this.#multi(header, txn.txns) };
    }
  }

  #multi(header: TxnHeader, txns: readonly Txn[]): TxnResult[] {
    const failedAt = txns.findIndex((txn) => txn.type === OpCode.error && txn.err !== ErrorCode.OK);
    if (failedAt === -1) return txns.map((txn) => this.#applyTxn(header, txn));
    return txns.map((txn, index) => ({
      type: OpCode.error,
      err: index < failedAt ? ErrorCode.OK : txn.type === OpCode.error ? txn.err : ErrorCode.RUNTIME_INCONSISTENCY,
    }));
  }

  #create(header: TxnHeader, txn: AnyCreateTxn, digests?: ZnodeDigests): TxnResult {
    const { path } = txn;
    const { zxid } = header;
    const parentAt = parentPath(path);
    const parent = this.#nodes.get(parentAt);
    if (parent === undefined) return { type: txn.type, err: ErrorCode.NO_NODE };
    parent.childCreated(txn.parentCVersion, zxid);
    this.#statChanged(parentAt, parent, digests?.parentCrc);
    if (this.#nodes.get(path) !== undefined) return { type: txn.type, err: ErrorCode.NODE_EXISTS };
    const node = this.#add(path, parent, txn.data, txn.acl, newStat(header, txn), digests);
    // Taken before quotas: counting may write to this very znode.
    const stat = txn.type === OpCode.create ? undefined : node.stat();
    this.quotas.created(path, node);
    this.dataWatches.trigger(EventType.NODE_CREATED, path, zxid, node.acl);
    this.childWatches.trigger(EventType.NODE_CHILDREN_CHANGED, parentAt, zxid, parent.acl);
    return { type: txn.type, err: ErrorCode.OK, path, stat };
  }

  #delete(path: string, zxid: bigint): number {
    const parentAt = parentPath(path);
    const parent = this.#nodes.get(parentAt);
    if (parent !== undefined) {
      parent.childDeleted(zxid);
      this.#statChanged(parentAt, parent);
    }
    const node = this.#nodes.get(path);
    if (node === undefined || parent === undefined) return ErrorCode.NO_NODE;
    const { acl } = node;
    this.#remove(path, node);
    const notified = this.dataWatches.trigger(EventType.NODE_DELETED, path, zxid, acl);
    this.childWatches.trigger(EventType.NODE_DELETED, path, zxid, acl, notified);
    this.childWatches.trigger(EventType.NODE_CHILDREN_CHANGED, parentAt, zxid, parent.acl);
    return ErrorCode.OK;
  }

  /**
   * Removes a znode and all below it. It has children only if a fuzzy snapshot contains those of a later znode at the path.
   */
  #remove(path: string, node: Znode): void {
    for (const child of node.children()) this.#remove(`${path}/${child.name}`, child);
    this.#dataBytes -= path.length + node.dataLength;
    this.digestSum?.subtract(node.crc);
    this.#ephemerals.remove(path, node.ephemeralOwner);
    this.quotas.deleted(path, node.dataLength);
    this.#nodes.remove(path, node);
  }

  #setData(header: TxnHeader, { path, data, version }: DataTxn, digests?: ZnodeDigests): TxnResult {
    const node = this.#nodes.get(path);
    if (node === undefined) return { type: OpCode.setData, err: ErrorCode.NO_NODE };
    const growth = (data?.length ?? 0) - node.dataLength;
    this.#dataBytes += growth;
    node.setData(header, data, version);
    this.quotas.grown(path, growth);
    this.#contentChanged(path, node, data, digests);
    this.dataWatches.trigger(EventType.NODE_DATA_CHANGED, path === "" ? ROOT : path, header.zxid, node.acl);
    return { type: OpCode.setData, err: ErrorCode.OK, path, stat: node.stat() };
  }

  /** Writes the usage of a quota, which no transaction carries and no digest includes. */
  #setUsage(path: string, data: Uint8Array): void {
    const node = this.#nodes.get(path)!;
    this.#dataBytes += data.length - node.dataLength;
    node.data = data;
  }

  #setAcl(path: string, acl: readonly Acl[], version: number): TxnResult {
    const node = this.#nodes.get(path);
    if (node === undefined) return { type: OpCode.setACL, err: ErrorCode.NO_NODE };
    node.setAcl(acl, version);
    this.#statChanged(path, node);
    return { type: OpCode.setACL, err: ErrorCode.OK, path, stat: node.stat() };
  }

  #closeSession(header: TxnHeader, paths: readonly string[] | null): TxnResult {
    this.sessions.delete(header.clientId);
    for (const path of paths ?? []) this.#delete(path, header.zxid);
    for (const path of [...this.ephemeralsOf(header.clientId)]) this.#delete(path, header.zxid);
    return { type: OpCode.closeSession, err: ErrorCode.OK };
  }

  #add(
    path: string,
    parent: Znode,
    data: Uint8Array | null,
    acl: readonly Acl[],
    stat: StatPersisted,
    digests?: ZnodeDigests,
  ): Znode {
    const node = this.#nodes.add(path, parent, data, acl, stat);
    this.#dataBytes += path.length + node.dataLength;
    this.#contentChanged(path, node, data, digests);
    if (stat.ephemeralOwner !== 0n) this.#ephemerals.add(path, stat.ephemeralOwner);
    return node;
  }

  /** Sets data, ACL and stat of a znode that every tree has. */
  #set(path: string, node: Znode, data: Uint8Array | null, acl: readonly Acl[], stat: StatPersisted): void {
    this.#dataBytes += (data?.length ?? 0) - node.dataLength;
    node.restore(data, acl, stat);
    this.#contentChanged(path, node, data);
  }

  /** Adds a znode of a snapshot. Throws if its parent was not added before. */
  restore({ path, data, acl, stat }: TreeNode): void {
    const known = this.#nodes.get(path);
    if (known !== undefined) {
      this.#ephemerals.remove(path, known.ephemeralOwner);
      this.#set(path, known, data, acl ?? OPEN_ACL_UNSAFE, stat);
      if (stat.ephemeralOwner !== 0n) this.#ephemerals.add(path, stat.ephemeralOwner);
    } else {
      const parent = path.startsWith("/") ? this.#nodes.get(parentPath(path)) : undefined;
      if (parent === undefined) throw new Error(`the snapshot has ${path} but not its parent`);
      this.#add(path, parent, data, acl ?? OPEN_ACL_UNSAFE, stat);
    }
    this.quotas.restored(path);
  }

  /** Deletes the ephemerals of sessions that do not exist, which a crash left, and returns their number. For recovery. */
  dropOrphanedEphemerals(): number {
    let count = 0;
    for (const sessionId of [...this.#ephemerals.sessionIds]) {
      if (this.sessions.has(sessionId)) continue;
      const paths = [...this.#ephemerals.pathsOf(sessionId)];
      count += paths.length;
      for (const path of paths) this.#delete(path, this.#lastZxid);
    }
    return count;
  }

  /** Returns the source of a snapshot. It may be read step by step while the tree changes. */
  snapshotSource(): TreeSource {
    const sessions = [...this.sessions].map(([id, timeoutMs]) => ({ id, timeoutMs }));
    const source = { lastZxid: this.#lastZxid, sessions, acls: this.#nodes.acls.all, nodes: this.#entries() };
    const { digestSum } = this;
    if (digestSum === undefined) return source;
    return { ...source, digest: () => ({ zxid: this.#lastZxid, version: DIGEST_VERSION, digest: digestSum.value }) };
  }

  /**
   * Yields all znodes, parents before children. The tree may change between two steps: each znode is yielded as it is at its
   * step, one deleted by then is left out, and one created since may be yielded or not.
   */
  *#entries(): Generator<TreeNode> {
    const path = new WalkedPath(this.#nodes);
    let entry: TreeEntry | undefined;
    for (const node of this.#nodes.walk()) {
      path.moveTo(node);
      entry ??= new TreeEntry(path, node); // both advance with the walk
      yield entry;
    }
  }
}

type DataTxn = Extract<Txn, { readonly type: typeof OpCode.setData | typeof OpCode.reconfig }>;

/** Returns the stat of a znode that a transaction creates. */
function newStat({ zxid, time, clientId }: TxnHeader, txn: AnyCreateTxn): StatPersisted {
  return {
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctime: time,
    mtime: time,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: ownerOf(txn, clientId),
  };
}
