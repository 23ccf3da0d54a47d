import type { Acl } from "@conclave/protocol";
import type { Digested } from "./node-digest.js";
import { fillStat } from "./stat-bytes.js";
import type { StatPersisted } from "./stat-persisted.js";
import type { AnyCreateTxn, TxnHeader } from "./txn.js";
import { ownerOf, type Znode } from "./znode.js";

/** What may be known of a znode as it will be once all that is proposed is applied. */
export interface ForeseenView {
  readonly acl: readonly Acl[];
  readonly version: number;
  /** The number of the next sequential child: the stored cversion, but that it wraps at 2^31 where that stops. */
  readonly nextSequence: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly childCount: number;
  /** Bytes of its data. */
  readonly dataLength: number;
}

/** A znode as transactions that are proposed will make it. */
export class ForeseenNode implements ForeseenView, StatPersisted, Digested {
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

  /** A new one. */
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

  static of(node: ForeseenNode | Znode): ForeseenNode {
    const copy = new ForeseenNode(node.acl, node.czxid, node.ctime, node.ephemeralOwner, node.dataLength);
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

  /** The znode that a transaction makes, without its digest. */
  static createdBy({ zxid, time, clientId }: TxnHeader, txn: AnyCreateTxn): ForeseenNode {
    return new ForeseenNode(txn.acl, zxid, time, ownerOf(txn, clientId), txn.data?.length ?? 0);
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
