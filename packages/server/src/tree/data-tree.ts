import {
  type Acl,
  ErrorCode,
  EventType,
  OPEN_ACL_UNSAFE,
  OpCode,
  Permission,
  parentPath,
  type Stat,
} from "@conclave/protocol";
import { DigestSum } from "./digest-sum.js";
import { ForeseenTree } from "./foreseen-tree.js";
import { DIGEST_VERSION, digestContent, digestStat } from "./node-digest.js";
import { QuotaTable } from "./quota-table.js";
import type { StatPersisted } from "./stat-persisted.js";
import { TreeEntry, type TreeNode } from "./tree-node.js";
import type { AnyCreateTxn, Txn, TxnDigest, TxnHeader, TxnRecord, ZnodeDigests } from "./txn.js";
import { WalkedPath } from "./walked-path.js";
import { type Watcher, type WatchLimits, WatchTable, watchCost } from "./watch-table.js";
import { isSessionOwner, ownerOf, ttlOf, type Znode } from "./znode.js";
import { ZnodeTable } from "./znode-table.js";

/** What applying a transaction gave: what the requester is told. */
export interface TxnResult {
  readonly type: number;
  readonly err: number;
  readonly path?: string;
  /** A plain create tells none. */
  readonly stat?: Stat | undefined;
  /** One result for each write of a multi. */
  readonly results?: readonly TxnResult[];
}

/** The whole replicated state, for a snapshot. */
export interface TreeSource {
  readonly lastZxid: bigint;
  readonly sessions: Iterable<{ readonly id: bigint; readonly timeoutMs: number }>;
  readonly acls: Iterable<readonly Acl[]>;
  readonly nodes: Iterable<TreeNode>;
  /** The digest of the tree when this is called, if it keeps one. */
  readonly digest?: () => { readonly zxid: bigint; readonly version: number; readonly digest: bigint };
}

/** The digest that the tree had after a transaction. */
export interface LoggedDigest {
  readonly zxid: bigint;
  /** A signed 64-bit integer. */
  readonly digest: bigint;
}

const DIGEST_LOG_LENGTH = 1024;

export interface DataTreeOptions {
  /** Whether the tree keeps its digest: it costs each write some hundreds of nanoseconds. @default true */
  readonly digest?: boolean | undefined;
  /** Of the index of paths, see {@link ZnodeTable}. @default 0 */
  readonly hashSeed?: number | undefined;
}

const ROOT = "/";
const ZOOKEEPER = "/zookeeper";
const QUOTA = "/zookeeper/quota";
const CONFIG = "/zookeeper/config";
const BORN_WITH_TREE: StatPersisted = {
  czxid: 0n,
  mzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 0n,
};
const NO_DATA = new Uint8Array(0);
const READ_ONLY_ACL: readonly Acl[] = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

/** Znodes that every tree has and nobody may delete. */
export function isSpecialPath(path: string): boolean {
  return path === ROOT || path === "" || path === ZOOKEEPER || path === QUOTA || path === CONFIG;
}

/**
 * The replicated state: znodes, the table of sessions, and the watches on it. It changes by {@link apply} only, and the
 * same transactions in the same order make the same tree on every server.
 *
 * Applying is idempotent, as a fuzzy snapshot requires: a snapshot is written while transactions are applied, so
 * replaying the log on it meets changes that it has already.
 */
export class DataTree {
  readonly #nodes: ZnodeTable;
  /** Containers and TTL nodes. */
  readonly #mortal = new Set<string>();
  readonly #ephemerals = new Map<bigint, Set<string>>();
  /** Timeouts of the sessions that exist, in milliseconds, by id. */
  readonly sessions = new Map<bigint, number>();
  readonly dataWatches = new WatchTable();
  readonly childWatches = new WatchTable();
  /** How many watches there may be, by their {@link watchCost}; not part of what is replicated. */
  watchLimits: WatchLimits = { perWatcher: Number.POSITIVE_INFINITY, inAll: Number.POSITIVE_INFINITY };
  readonly quotas = new QuotaTable({
    get: (path) => this.#nodes.get(path),
    write: (path, data) => this.#writeAside(path, data),
  });
  /** As it will be, with what is proposed. */
  readonly foreseen: ForeseenTree;
  readonly #keepsDigest: boolean;
  readonly #digest = new DigestSum();
  readonly #digestLog: LoggedDigest[] = [];
  #lastZxid = 0n;
  #dataBytes = 1; // the root's path

  constructor({ digest = true, hashSeed = 0 }: DataTreeOptions = {}) {
    this.#keepsDigest = digest;
    this.#nodes = new ZnodeTable(hashSeed);
    this.foreseen = new ForeseenTree({
      hashOf: (path) => this.#nodes.hashOf(path),
      get: (path, hash) => this.#nodes.get(path, hash),
      ephemeralsOf: (sessionId) => this.ephemeralsOf(sessionId),
      sum: digest ? this.#digest : undefined,
    });
    this.#set(ROOT, this.#nodes.root, NO_DATA, OPEN_ACL_UNSAFE, BORN_WITH_TREE);
    const zookeeper = this.#add(ZOOKEEPER, this.#nodes.root, NO_DATA, OPEN_ACL_UNSAFE, BORN_WITH_TREE);
    this.#add(QUOTA, zookeeper, NO_DATA, OPEN_ACL_UNSAFE, BORN_WITH_TREE);
    this.#add(CONFIG, zookeeper, NO_DATA, READ_ONLY_ACL, { ...BORN_WITH_TREE, aversion: -1 });
  }

  /** The last transaction applied. */
  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /** For recovery: the last transaction that a snapshot has for certain. */
  set lastZxid(zxid: bigint) {
    this.#lastZxid = zxid;
  }

  /** The digest of all znodes, as Apache defines it; `undefined` if none is kept. A signed 64-bit integer. */
  get digest(): bigint | undefined {
    return this.#keepsDigest ? this.#digest.value : undefined;
  }

  /** The digest after each 128th transaction, of the last 1024 of these, oldest first (`DataTree.getDigestLog`). */
  get digestLog(): readonly LoggedDigest[] {
    return this.#digestLog;
  }

  /**
   * Takes a transaction that is to be applied later into {@link foreseen}. Returns the digest that the tree will have
   * after it; `undefined` where none is kept, and for an error: Apache writes none with those. Each transaction proposed
   * is given here, in order; one that is applied without having been, for it came from elsewhere, ends what was foreseen.
   */
  foresee(header: TxnHeader, txn: Txn): TxnDigest | undefined {
    const treeDigest = this.foreseen.take(header, txn);
    if (treeDigest === undefined || txn.type === OpCode.error) return undefined;
    return { version: DIGEST_VERSION, treeDigest, znodes: this.foreseen.znodeDigests };
  }

  get nodeCount(): number {
    return this.#nodes.count;
  }

  /** Bytes of all paths and data: what the tree weighs, without what holding it costs. */
  get approximateDataBytes(): number {
    return this.#dataBytes;
  }

  get ephemeralCount(): number {
    let count = 0;
    for (const paths of this.#ephemerals.values()) count += paths.size;
    return count;
  }

  /** The znode at a path; "" is the root too. */
  get(path: string): Znode | undefined {
    return this.#nodes.get(path);
  }

  /** Paths of a session's ephemerals. */
  ephemeralsOf(sessionId: bigint): Iterable<string> {
    return this.#ephemerals.get(sessionId) ?? [];
  }

  /** How many znodes are below a path, at any depth. */
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
   * Containers that had children and have none now, and TTL nodes without children that did not change for their TTL: the
   * server is to delete them. `time` is in milliseconds since 1970.
   */
  *unneeded(time: number): Generator<string> {
    for (const path of this.#mortal) {
      const node = this.#nodes.get(path);
      if (node === undefined || node.childCount > 0) continue;
      const ttlMs = ttlOf(node.ephemeralOwner);
      if (ttlMs === undefined ? node.cversion > 0 : time - node.mtime > ttlMs) yield path;
    }
  }

  /** Whether a watcher may leave one watch more. */
  hasRoomForWatch(watcher: Watcher, path: string): boolean {
    const { dataWatches: data, childWatches: child, watchLimits } = this;
    const cost = watchCost(path);
    return (
      data.costOf(watcher) + child.costOf(watcher) + cost <= watchLimits.perWatcher &&
      data.cost + child.cost + cost <= watchLimits.inAll
    );
  }

  /**
   * Forgets watches of a connection that is gone, `limit` of each kind at most. Returns whether there are more: then it
   * is to be called again.
   */
  removeWatcher(watcher: Watcher, limit?: number): boolean {
    const isData = this.dataWatches.removeWatcher(watcher, limit);
    const isChild = this.childWatches.removeWatcher(watcher, limit);
    return isData || isChild;
  }

  apply({ header, txn, digest }: TxnRecord): TxnResult {
    const foreseen = this.foreseen.has(header.zxid) ? digest?.znodes : undefined;
    const result = this.#applyTxn(header, txn, foreseen);
    this.foreseen.applied(header.zxid);
    if (header.zxid > this.#lastZxid) this.#lastZxid = header.zxid;
    if (this.#keepsDigest && BigInt.asUintN(7, header.zxid) === 0n) this.#logDigest(header.zxid);
    return result;
  }

  #logDigest(zxid: bigint): void {
    this.#digestLog.push({ zxid, digest: this.#digest.value });
    if (this.#digestLog.length > DIGEST_LOG_LENGTH) this.#digestLog.shift();
  }

  /** A znode's stat has changed. @param known its digest, where it was foreseen */
  #statChanged(path: string, node: Znode, known?: number): void {
    if (!this.#keepsDigest) return;
    this.#digest.subtract(node.crc);
    if (known === undefined) digestStat(path, node);
    else node.crc = known;
    this.#digest.add(node.crc);
  }

  /** Its data has changed, and its stat with it. */
  #contentChanged(path: string, node: Znode, data: Uint8Array | null, known?: ZnodeDigests): void {
    if (!this.#keepsDigest) return;
    this.#digest.subtract(node.crc);
    if (known === undefined) {
      digestContent(path, data, node);
    } else {
      node.contentCrc = known.contentCrc;
      node.crc = known.crc;
    }
    this.#digest.add(node.crc);
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
      case OpCode.reconfig:
        return this.#setData(header, txn, digests);
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
    const node = this.#add(path, parent, txn.data, txn.acl, bornBy(header, txn), digests);
    // As it was asked for: what a quota counts may be written into it next.
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
    const told = this.dataWatches.trigger(EventType.NODE_DELETED, path, zxid, acl);
    this.childWatches.trigger(EventType.NODE_DELETED, path, zxid, acl, told);
    this.childWatches.trigger(EventType.NODE_CHILDREN_CHANGED, parentAt, zxid, parent.acl);
    return ErrorCode.OK;
  }

  /** With all below it: a znode that has children is deleted only where a fuzzy snapshot shows those of its successor. */
  #remove(path: string, node: Znode): void {
    for (const child of node.children()) this.#remove(`${path}/${child.name}`, child);
    this.#dataBytes -= path.length + node.dataLength;
    if (this.#keepsDigest) this.#digest.subtract(node.crc);
    this.#disown(path, node.ephemeralOwner);
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
    this.#contentChanged(path === "" ? ROOT : path, node, data, digests);
    this.dataWatches.trigger(EventType.NODE_DATA_CHANGED, path === "" ? ROOT : path, header.zxid, node.acl);
    return { type: OpCode.setData, err: ErrorCode.OK, path, stat: node.stat() };
  }

  /** Data that no transaction gives: what a quota counts. It is outside of the digest. */
  #writeAside(path: string, data: Uint8Array): void {
    const node = this.#nodes.get(path)!;
    this.#dataBytes += data.length - node.dataLength;
    node.data = data;
  }

  #setAcl(path: string, acl: readonly Acl[], version: number): TxnResult {
    const node = this.#nodes.get(path);
    if (node === undefined) return { type: OpCode.setACL, err: ErrorCode.NO_NODE };
    node.setAcl(acl, version);
    this.#statChanged(path === "" ? ROOT : path, node);
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
    if (stat.ephemeralOwner !== 0n) this.#own(path, stat.ephemeralOwner);
    return node;
  }

  /** Gives a znode that every tree has what a snapshot has of it. */
  #set(path: string, node: Znode, data: Uint8Array | null, acl: readonly Acl[], stat: StatPersisted): void {
    this.#dataBytes += (data?.length ?? 0) - node.dataLength;
    node.restore(data, acl, stat);
    this.#contentChanged(path, node, data);
  }

  #own(path: string, owner: bigint): void {
    if (!isSessionOwner(owner)) {
      this.#mortal.add(path);
      return;
    }
    const owned = this.#ephemerals.get(owner);
    if (owned === undefined) this.#ephemerals.set(owner, new Set([path]));
    else owned.add(path);
  }

  #disown(path: string, owner: bigint): void {
    if (owner === 0n) return;
    this.#mortal.delete(path);
    const owned = this.#ephemerals.get(owner);
    if (owned?.delete(path) && owned.size === 0) this.#ephemerals.delete(owner);
  }

  /** Puts a znode from a snapshot into the tree; its parent must be there already. */
  restore({ path, data, acl, stat }: TreeNode): void {
    const known = this.#nodes.get(path);
    if (known !== undefined) {
      this.#disown(path, known.ephemeralOwner);
      this.#set(path === "" ? ROOT : path, known, data, acl ?? OPEN_ACL_UNSAFE, stat);
      if (stat.ephemeralOwner !== 0n) this.#own(path, stat.ephemeralOwner);
    } else {
      const parent = path.startsWith("/") ? this.#nodes.get(parentPath(path)) : undefined;
      if (parent === undefined) throw new Error(`the snapshot has ${path} but not its parent`);
      this.#add(path, parent, data, acl ?? OPEN_ACL_UNSAFE, stat);
    }
    this.quotas.restored(path);
  }

  /** After recovery: deletes the ephemerals of sessions that do not exist, and says how many. Their close was cut short by a crash. */
  dropOrphanedEphemerals(): number {
    let count = 0;
    for (const [sessionId, paths] of [...this.#ephemerals]) {
      if (this.sessions.has(sessionId)) continue;
      count += paths.size;
      for (const path of [...paths]) this.#delete(path, this.#lastZxid);
    }
    return count;
  }

  /** What a snapshot of this moment is made from. It is read bit by bit while the tree goes on. */
  snapshotSource(): TreeSource {
    const sessions = [...this.sessions].map(([id, timeoutMs]) => ({ id, timeoutMs }));
    const source = { lastZxid: this.#lastZxid, sessions, acls: this.#nodes.acls.all, nodes: this.#entries() };
    if (!this.#keepsDigest) return source;
    const digest = () => ({ zxid: this.#lastZxid, version: DIGEST_VERSION, digest: this.#digest.value });
    return { ...source, digest };
  }

  /**
   * All znodes, parents before children. The tree may change between two steps: each znode comes as it is at its step,
   * one that is gone by then is left out, and one that was made since comes or not.
   */
  *#entries(): Generator<TreeNode> {
    const path = new WalkedPath(this.#nodes);
    let entry: TreeEntry | undefined;
    for (const node of this.#nodes.walk()) {
      path.moveTo(node);
      entry ??= new TreeEntry(path, node); // both move on
      yield entry;
    }
  }
}

/** A transaction that changes data. */
type DataTxn = Extract<Txn, { readonly type: typeof OpCode.setData | typeof OpCode.reconfig }>;

/** What is stored of the stat of a znode that a transaction makes. */
function bornBy({ zxid, time, clientId }: TxnHeader, txn: AnyCreateTxn): StatPersisted {
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
