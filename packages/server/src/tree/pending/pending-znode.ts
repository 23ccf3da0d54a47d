import type { Acl } from "@conclave/protocol";
import type { Digested } from "../node-digest.js";
import { fillStat } from "../stat-bytes.js";
import type { StatPersisted } from "../stat-persisted.js";
import type { AnyCreateTxn, TxnHeader } from "../txn.js";
import { ownerOf, type Znode } from "../znode.js";

/** The attributes of a znode that validation reads, from the tree or from pending changes. */
export interface ZnodeView {
  readonly acl: readonly Acl[];
  readonly version: number;
  /** Number of the next sequential child: the stored cversion, except that it wraps at 2^31 where cversion stops. */
  readonly nextSequence: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly childCount: number;
  /** Bytes of data. */
  readonly dataLength: number;
}

/** A znode as pending transactions will leave it (ZooKeeper's ChangeRecord). */
export class PendingZnode implements ZnodeView, StatPersisted, Digested {
  acl: readonly Acl[];
  readonly czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  readonly ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  nextSequence: number;
  aversion: number;
  readonly ephemeralOwner: bigint;
  childCount: number;
  dataLength: number;
  contentCrc: number;
  crc: number;

  private constructor(acl: readonly Acl[], zxid: bigint, time: number, ephemeralOwner: bigint, dataLength: number) {
    this.acl = acl;
    this.czxid = zxid;
    this.mzxid = zxid;
    this.pzxid = zxid;
    this.ctime = time;
    this.mtime = time;
    this.version = 0;
    this.cversion = 0;
    this.nextSequence = 0;
    this.aversion = 0;
    this.ephemeralOwner = ephemeralOwner;
    this.childCount = 0;
    this.dataLength = dataLength;
    this.contentCrc = 0;
    this.crc = 0;
  }

  /** Copies a znode, digests included. */
  static of(node: PendingZnode | Znode): PendingZnode {
    const copy = new PendingZnode(node.acl, node.czxid, node.ctime, node.ephemeralOwner, node.dataLength);
    copy.mzxid = node.mzxid;
    copy.pzxid = node.pzxid;
    copy.mtime = node.mtime;
    copy.version = node.version;
    copy.cversion = node.cversion;
    copy.nextSequence = node.nextSequence;
    copy.aversion = node.aversion;
    copy.childCount = node.childCount;
    copy.contentCrc = node.contentCrc;
    copy.crc = node.crc;
    return copy;
  }

  /** Returns the znode that a transaction creates; its digest is not computed yet. */
  static createdBy({ zxid, time, clientId }: TxnHeader, txn: AnyCreateTxn): PendingZnode {
    return new PendingZnode(txn.acl, zxid, time, ownerOf(txn, clientId), txn.data?.length ?? 0);
  }

  fillStat(into: DataView): void {
    fillStat(into, this);
  }

  childCreated(recorded: number, zxid: bigint): void {
    this.childCount++;
    const cversion = recorded === -1 ? (this.cversion + 1) | 0 : recorded;
    this.nextSequence = cversion;
    if (cversion <= this.cversion) return;
    this.cversion = cversion;
    this.pzxid = zxid;
  }

  childDeleted(zxid: bigint): void {
    this.childCount--;
    if (zxid > this.pzxid) this.pzxid = zxid;
  }

  setData({ zxid, time }: TxnHeader, data: Uint8Array | null, version: number): void {
    this.dataLength = data?.length ?? 0;
    this.version = version;
    this.mtime = time;
    this.mzxid = zxid;
  }

  setAcl(acl: readonly Acl[], version: number): void {
    this.acl = acl;
    this.aversion = version;
  }
}
