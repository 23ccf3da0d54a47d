import { type Acl, nodeName, OpCode, type Stat } from "@conclave/protocol";
import type { AnyCreateTxn, TxnHeader } from "./txn.js";

const NO_CHILDREN: ReadonlySet<string> = new Set();

/** What is stored of a znode's Stat: the rest follows from its data and children (org.apache.zookeeper.data.StatPersisted). */
export interface StatPersisted {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** Counts the creates of children only; what a client sees is derived, see {@link Znode.stat}. */
  readonly cversion: number;
  readonly aversion: number;
  /** A session's id, or one of the marks in {@link isSessionOwner}. */
  readonly ephemeralOwner: bigint;
  readonly pzxid: bigint;
}

/** Stored in `ephemeralOwner` of a container. */
const CONTAINER_OWNER = -0x8000_0000_0000_0000n;
/** The upper byte of a TTL node's `ephemeralOwner`: no session has it, as no server may have the id 255. */
const TTL_MARK = -0x100_0000_0000_0000n;

/** The lower 40 bits hold the milliseconds. */
export const MAX_TTL_MS = 0xff_ffff_ffffn;

/** What is stored in `ephemeralOwner` of the znode that a transaction of this session makes. */
export function ownerOf(txn: AnyCreateTxn, sessionId: bigint): bigint {
  switch (txn.type) {
    case OpCode.createContainer:
      return CONTAINER_OWNER;
    case OpCode.createTTL:
      return TTL_MARK | txn.ttl;
    default:
      return txn.ephemeral ? sessionId : 0n;
  }
}

export function isContainerOwner(owner: bigint): boolean {
  return owner === CONTAINER_OWNER;
}

/** The TTL in milliseconds that a stored `ephemeralOwner` holds; `undefined` if it is none of a TTL node. */
export function ttlOf(owner: bigint): number | undefined {
  const isTtl = (owner & TTL_MARK) === TTL_MARK;
  return isTtl ? Number(owner & MAX_TTL_MS) : undefined;
}

/** Whether a stored `ephemeralOwner` names a session: it is not 0, nor a container's, nor a TTL node's. */
export function isSessionOwner(owner: bigint): boolean {
  return owner !== 0n && owner !== CONTAINER_OWNER && (owner & TTL_MARK) !== TTL_MARK;
}

/** A znode as it will be after transactions that are proposed. */
export interface Ahead {
  readonly path: string;
  /** It is in the tree already; `undefined` as long as it is not. */
  target: Znode | undefined;
  /** Only what the digest is made of. */
  readonly node: Znode;
  /** The last transaction that changes it. */
  zxid: bigint;
  isGone: boolean;
}

/** One znode. Only the tree changes it. */
export class Znode {
  data: Uint8Array | null;
  acl: readonly Acl[];
  readonly czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  readonly ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  aversion: number;
  readonly ephemeralOwner: bigint;
  /** See node-digest.ts: the state after path and data, and the digest. Signed 32-bit integers. */
  contentCrc = 0;
  digest = 0;
  /** What transactions that are proposed will make of it, if any do; see digest-forecast.ts. */
  ahead: Ahead | undefined = undefined;
  #children: Set<string> | undefined;

  constructor(data: Uint8Array | null, acl: readonly Acl[], stat: StatPersisted) {
    this.data = data;
    this.acl = acl;
    this.czxid = stat.czxid;
    this.mzxid = stat.mzxid;
    this.pzxid = stat.pzxid;
    this.ctime = stat.ctime;
    this.mtime = stat.mtime;
    this.version = stat.version;
    this.cversion = stat.cversion;
    this.aversion = stat.aversion;
    this.ephemeralOwner = stat.ephemeralOwner;
  }

  /** The znode that a transaction makes. */
  static createdBy({ zxid, time, clientId }: TxnHeader, txn: AnyCreateTxn, acl: readonly Acl[]): Znode {
    return new Znode(txn.data, acl, {
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: time,
      mtime: time,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: ownerOf(txn, clientId),
    });
  }

  /** The same without its children. */
  copy(): Znode {
    const copy = new Znode(this.data, this.acl, this);
    copy.contentCrc = this.contentCrc;
    copy.digest = this.digest;
    return copy;
  }

  setData({ zxid, time }: TxnHeader, data: Uint8Array | null, version: number): void {
    this.data = data;
    this.version = version;
    this.mtime = time;
    this.mzxid = zxid;
  }

  /** Only upward: on replay it may already know of later creates. `recorded` is -1 where the transaction does not say. */
  childCreated(recorded: number, zxid: bigint): void {
    const cversion = recorded === -1 ? (this.cversion + 1) | 0 : recorded;
    if (cversion <= this.cversion) return;
    this.cversion = cversion;
    this.pzxid = zxid;
  }

  childDeleted(zxid: bigint): void {
    if (zxid > this.pzxid) this.pzxid = zxid;
  }

  /** Paths of the children: the keys that the tree has them by, so that a name needs no string of its own. */
  get children(): ReadonlySet<string> {
    return this.#children ?? NO_CHILDREN;
  }

  /** Names of the children. */
  childNames(): string[] {
    const names: string[] = [];
    for (const path of this.children) names.push(nodeName(path));
    return names;
  }

  addChild(path: string): void {
    this.#children ??= new Set();
    this.#children.add(path);
  }

  removeChild(path: string): void {
    this.#children?.delete(path);
    if (this.#children?.size === 0) this.#children = undefined;
  }

  /**
   * What a client sees. Its cversion counts creates and deletes of children: the stored one counts creates, so the
   * deletes are `stored - children`, together `2 * stored - children` (DataNode.copyStat).
   */
  stat(): Stat {
    const numChildren = this.children.size;
    return {
      czxid: this.czxid,
      mzxid: this.mzxid,
      ctime: this.ctime,
      mtime: this.mtime,
      version: this.version,
      cversion: (this.cversion * 2 - numChildren) | 0,
      aversion: this.aversion,
      ephemeralOwner: isSessionOwner(this.ephemeralOwner) ? this.ephemeralOwner : 0n,
      dataLength: this.data?.length ?? 0,
      numChildren,
      pzxid: this.pzxid,
    };
  }
}
