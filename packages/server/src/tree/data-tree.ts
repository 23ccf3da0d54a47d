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
import { isSameAcl } from "./acl-check.js";
import { DigestForecast } from "./digest-forecast.js";
import { DigestSum } from "./digest-sum.js";
import { DIGEST_VERSION, digestContent, digestStat } from "./node-digest.js";
import { QuotaTable } from "./quota-table.js";
import type { AnyCreateTxn, Txn, TxnDigest, TxnHeader, TxnRecord } from "./txn.js";
import { type Watcher, WatchTable } from "./watch-table.js";
import { isContainerOwner, isSessionOwner, type StatPersisted, ttlOf, Znode } from "./znode.js";

/** What applying a transaction gave: what the requester is told. */
export interface TxnResult {
  readonly type: number;
  readonly err: number;
  readonly path?: string;
  readonly stat?: Stat;
  /** One result for each write of a multi. */
  readonly results?: readonly TxnResult[];
}

/** A znode on its way to or from a snapshot. */
export interface TreeNode {
  /** "" for the root. */
  readonly path: string;
  readonly data: Uint8Array | null;
  /** `null`: everybody, everything. */
  readonly acl: readonly Acl[] | null;
  readonly stat: StatPersisted;
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
  readonly #nodes = new Map<string, Znode>();
  readonly #acls = new Map<string, readonly Acl[]>();
  /** One of these: that of the znode made last. */
  #recentAcl: readonly Acl[] | undefined;
  /** Containers and TTL nodes. */
  readonly #mortal = new Set<string>();
  readonly #ephemerals = new Map<bigint, Set<string>>();
  /** Timeouts of the sessions that exist, in milliseconds, by id. */
  readonly sessions = new Map<bigint, number>();
  readonly dataWatches = new WatchTable();
  readonly childWatches = new WatchTable();
  readonly quotas = new QuotaTable({
    get: (path) => this.#nodes.get(path),
    write: (path, data) => this.#writeAside(path, data),
  });
  readonly #keepsDigest: boolean;
  readonly #digest = new DigestSum();
  readonly #forecast: DigestForecast;
  readonly #digestLog: LoggedDigest[] = [];
  /** Whether digests follow the change that is being made: not where they were foreseen. */
  #digests: boolean;
  #lastZxid = 0n;
  #dataBytes = 0;

  constructor({ digest = true }: DataTreeOptions = {}) {
    this.#keepsDigest = digest;
    this.#digests = digest;
    const ephemeralsOf = (sessionId: bigint): Iterable<string> => this.ephemeralsOf(sessionId);
    this.#forecast = new DigestForecast({ nodes: this.#nodes, sum: this.#digest, ephemeralsOf });
    const root = this.#born(ROOT, OPEN_ACL_UNSAFE, null);
    const zookeeper = this.#born(ZOOKEEPER, OPEN_ACL_UNSAFE, root);
    this.#born(QUOTA, OPEN_ACL_UNSAFE, zookeeper);
    this.#born(CONFIG, READ_ONLY_ACL, zookeeper).aversion = -1; // below /zookeeper: not in the digest
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
   * The digest that the tree will have after a transaction that is to be applied later. Each transaction proposed is
   * given here, in order; one that is applied without having been, for it came from elsewhere, ends what was foreseen.
   * `undefined` where none is kept, and for an error: Apache writes none with those.
   */
  foresee(header: TxnHeader, txn: Txn): TxnDigest | undefined {
    if (!this.#keepsDigest) return undefined;
    const treeDigest = this.#forecast.foresee(header, txn);
    return txn.type === OpCode.error ? undefined : { version: DIGEST_VERSION, treeDigest };
  }

  get nodeCount(): number {
    return this.#nodes.size;
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
    return this.#nodes.get(path === "" ? ROOT : path);
  }

  /** Paths of a session's ephemerals. */
  ephemeralsOf(sessionId: bigint): Iterable<string> {
    return this.#ephemerals.get(sessionId) ?? [];
  }

  /** How many znodes are below a path, at any depth. */
  countBelow(path: string): number {
    if (path === "" || path === ROOT) return this.#nodes.size - 1;
    let count = 0;
    const left = [path];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      for (const child of this.#nodes.get(at)?.children ?? []) {
        count++;
        left.push(child);
      }
    }
    return count;
  }

  /**
   * Containers that had children and have none now, and TTL nodes without children that did not change for their TTL: the
   * server is to delete them. `time` is in milliseconds since 1970.
   */
  *unneeded(time: number): Generator<string> {
    for (const path of this.#mortal) {
      const node = this.#nodes.get(path);
      if (node === undefined || node.children.size > 0) continue;
      const ttlMs = ttlOf(node.ephemeralOwner);
      if (ttlMs === undefined ? node.cversion > 0 : time - node.mtime > ttlMs) yield path;
    }
  }

  /** Forgets the watches of a connection that is gone. */
  removeWatcher(watcher: Watcher): void {
    this.dataWatches.removeWatcher(watcher);
    this.childWatches.removeWatcher(watcher);
  }

  apply(record: TxnRecord): TxnResult {
    const { header, txn } = record;
    const { next } = this.#forecast;
    const isForeseen = next === header.zxid;
    if (next !== undefined && !isForeseen) this.#forecast.clear();
    this.#digests = this.#keepsDigest && !isForeseen;
    const result = this.#applyTxn(header, txn);
    if (isForeseen) this.#forecast.applied();
    if (header.zxid > this.#lastZxid) this.#lastZxid = header.zxid;
    if (this.#keepsDigest && BigInt.asUintN(7, header.zxid) === 0n) this.#logDigest(header.zxid);
    return result;
  }

  #logDigest(zxid: bigint): void {
    this.#digestLog.push({ zxid, digest: this.#digest.value });
    if (this.#digestLog.length > DIGEST_LOG_LENGTH) this.#digestLog.shift();
  }

  /** A znode's stat has changed, or with `content` its data. */
  #changed(path: string, node: Znode, hasNewContent = false): void {
    if (!this.#digests) return;
    this.#digest.subtract(node.digest);
    if (hasNewContent) digestContent(path, node);
    else digestStat(path, node);
    this.#digest.add(node.digest);
  }

  #applyTxn(header: TxnHeader, txn: Txn): TxnResult {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        return this.#create(header, txn);
      case OpCode.delete:
      case OpCode.deleteContainer:
        return { type: txn.type, err: this.#delete(txn.path, header.zxid) };
      case OpCode.setData:
      case OpCode.reconfig:
        return this.#setData(header, txn.path, txn.data, txn.version);
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

  #create(header: TxnHeader, txn: AnyCreateTxn): TxnResult {
    const { path } = txn;
    const parentAt = parentPath(path);
    const parent = this.#nodes.get(parentAt);
    if (parent === undefined) return { type: txn.type, err: ErrorCode.NO_NODE };
    parent.childCreated(txn.parentCVersion, header.zxid);
    this.#changed(parentAt, parent);
    if (this.#nodes.has(path)) return { type: txn.type, err: ErrorCode.NODE_EXISTS };
    const node = Znode.createdBy(header, txn, this.#internAcl(txn.acl));
    this.#add(path, node, parent);
    this.quotas.created(path, node);
    this.dataWatches.trigger(EventType.NODE_CREATED, path, header.zxid, node.acl);
    this.childWatches.trigger(EventType.NODE_CHILDREN_CHANGED, parentAt, header.zxid, parent.acl);
    return { type: txn.type, err: ErrorCode.OK, path, stat: node.stat() };
  }

  #delete(path: string, zxid: bigint): number {
    const parentAt = parentPath(path);
    const parent = this.#nodes.get(parentAt);
    if (parent !== undefined) {
      parent.childDeleted(zxid);
      this.#changed(parentAt, parent);
    }
    const node = this.#nodes.get(path);
    if (node === undefined) return ErrorCode.NO_NODE;
    this.#remove(path, node);
    parent?.removeChild(path);
    const told = this.dataWatches.trigger(EventType.NODE_DELETED, path, zxid, node.acl);
    this.childWatches.trigger(EventType.NODE_DELETED, path, zxid, node.acl, told);
    this.childWatches.trigger(EventType.NODE_CHILDREN_CHANGED, parentAt, zxid, parent?.acl ?? []);
    return ErrorCode.OK;
  }

  /** With all below it: a znode that has children is deleted only where a fuzzy snapshot shows those of its successor. */
  #remove(path: string, node: Znode): void {
    for (const childPath of node.children) {
      const child = this.#nodes.get(childPath);
      if (child !== undefined) this.#remove(childPath, child);
    }
    this.#nodes.delete(path);
    this.#dataBytes -= path.length + (node.data?.length ?? 0);
    if (this.#digests) this.#digest.subtract(node.digest);
    this.#mortal.delete(path);
    this.#forgetEphemeral(path, node);
    this.quotas.deleted(path, node);
  }

  #setData(header: TxnHeader, path: string, data: Uint8Array | null, version: number): TxnResult {
    const node = this.get(path);
    if (node === undefined) return { type: OpCode.setData, err: ErrorCode.NO_NODE };
    const growth = (data?.length ?? 0) - (node.data?.length ?? 0);
    this.#dataBytes += growth;
    node.setData(header, data, version);
    this.quotas.grown(path, growth);
    this.#changed(path === "" ? ROOT : path, node, true);
    this.dataWatches.trigger(EventType.NODE_DATA_CHANGED, path === "" ? ROOT : path, header.zxid, node.acl);
    return { type: OpCode.setData, err: ErrorCode.OK, path, stat: node.stat() };
  }

  /** Data that no transaction gives: what a quota counts. It is outside of the digest. */
  #writeAside(path: string, data: Uint8Array): void {
    const node = this.#nodes.get(path)!;
    this.#dataBytes += data.length - (node.data?.length ?? 0);
    node.data = data;
  }

  #setAcl(path: string, acl: readonly Acl[], version: number): TxnResult {
    const node = this.get(path);
    if (node === undefined) return { type: OpCode.setACL, err: ErrorCode.NO_NODE };
    node.acl = this.#internAcl(acl);
    node.aversion = version;
    this.#changed(path === "" ? ROOT : path, node);
    return { type: OpCode.setACL, err: ErrorCode.OK, path, stat: node.stat() };
  }

  #closeSession(header: TxnHeader, paths: readonly string[] | null): TxnResult {
    this.sessions.delete(header.clientId);
    for (const path of paths ?? []) this.#delete(path, header.zxid);
    for (const path of [...this.ephemeralsOf(header.clientId)]) this.#delete(path, header.zxid);
    return { type: OpCode.closeSession, err: ErrorCode.OK };
  }

  /** One list for all znodes that have the same: there are few different ones. */
  #internAcl(acl: readonly Acl[]): readonly Acl[] {
    // Mostly the same as before: a session makes znodes alike.
    if (this.#recentAcl !== undefined && isSameAcl(acl, this.#recentAcl)) return this.#recentAcl;
    this.#recentAcl = this.#internNewAcl(acl);
    return this.#recentAcl;
  }

  #internNewAcl(acl: readonly Acl[]): readonly Acl[] {
    const key = acl.map(({ permissions, id }) => `${permissions} ${id.scheme} ${id.id}`).join("\n");
    const known = this.#acls.get(key);
    if (known !== undefined) return known;
    this.#acls.set(key, acl);
    return acl;
  }

  #add(path: string, node: Znode, parent: Znode): void {
    this.#set(path, node);
    parent.addChild(path);
    if (isContainerOwner(node.ephemeralOwner) || ttlOf(node.ephemeralOwner) !== undefined) this.#mortal.add(path);
    if (!isSessionOwner(node.ephemeralOwner)) return;
    const owned = this.#ephemerals.get(node.ephemeralOwner);
    if (owned === undefined) this.#ephemerals.set(node.ephemeralOwner, new Set([path]));
    else owned.add(path);
  }

  #forgetEphemeral(path: string, node: Znode): void {
    const owned = this.#ephemerals.get(node.ephemeralOwner);
    if (owned?.delete(path) && owned.size === 0) this.#ephemerals.delete(node.ephemeralOwner);
  }

  #born(path: string, acl: readonly Acl[], parent: Znode | null): Znode {
    const node = new Znode(new Uint8Array(0), this.#internAcl(acl), BORN_WITH_TREE);
    this.#set(path, node);
    parent?.addChild(path);
    return node;
  }

  #set(path: string, node: Znode): void {
    const former = this.#nodes.get(path);
    if (former !== undefined) this.#dataBytes -= path.length + (former.data?.length ?? 0);
    this.#dataBytes += path.length + (node.data?.length ?? 0);
    this.#nodes.set(path, node);
    if (!this.#digests) return;
    if (former !== undefined) this.#digest.subtract(former.digest);
    digestContent(path, node);
    this.#digest.add(node.digest);
  }

  /** Puts a znode from a snapshot into the tree; its parent must be there already. */
  restore(restored: TreeNode): void {
    const path = restored.path === "" ? ROOT : restored.path;
    const node = new Znode(restored.data, this.#internAcl(restored.acl ?? OPEN_ACL_UNSAFE), restored.stat);
    const former = this.#nodes.get(path);
    for (const child of former?.children ?? []) node.addChild(child);
    if (path === ROOT) {
      this.#set(path, node);
      return;
    }
    const parent = this.#nodes.get(parentPath(path));
    if (parent === undefined) throw new Error(`the snapshot has ${path} but not its parent`);
    this.#add(path, node, parent);
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
    const source = { lastZxid: this.#lastZxid, sessions, acls: this.#acls.values(), nodes: this.#entries() };
    if (!this.#keepsDigest) return source;
    const digest = () => ({ zxid: this.#lastZxid, version: DIGEST_VERSION, digest: this.#digest.value });
    return { ...source, digest };
  }

  /**
   * All znodes, parents before children: a map keeps the order in which its keys came, and a znode comes only where its
   * parent is, and goes with all below it. The tree may change between two steps: each znode comes as it is at its step,
   * one that is gone by then is left out, and one that was made since comes at the end.
   */
  *#entries(): Generator<TreeNode> {
    for (const [path, node] of this.#nodes) {
      yield { path: path === ROOT ? "" : path, data: node.data, acl: node.acl, stat: persisted(node) };
    }
  }
}

/** A copy, because the znode may change before it is written. */
function persisted(node: Znode): StatPersisted {
  const { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid } = node;
  return { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid };
}
