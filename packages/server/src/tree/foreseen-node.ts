import type { Acl } from "@conclave/protocol";
import type { Digested } from "./node-digest.js";
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
export class ForeseenNode implements ForeseenView, Digested {
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

  private constructor(from: ForeseenView & Digested) {
    this.acl = from.acl;
    this.czxid = from.czxid;
    this.mzxid = from.mzxid;
    this.pzxid = from.pzxid;
    this.ctime = from.ctime;
    this.mtime = from.mtime;
    this.version = from.version;
    this.cversion = from.cversion;
    this.nextSequence = from.nextSequence;
    this.aversion = from.aversion;
    this.ephemeralOwner = from.ephemeralOwner;
    this.childCount = from.childCount;
    this.dataLength = from.dataLength;
    this.contentCrc = from.contentCrc;
    this.crc = from.crc;
  }

  static of(node: ForeseenNode | Znode): ForeseenNode {
    return new ForeseenNode(node);
  }

  /** The znode that a transaction makes, without its digest. */
  static createdBy({ zxid, time, clientId }: TxnHeader, txn: AnyCreateTxn): ForeseenNode {
    return new ForeseenNode({
      acl: txn.acl,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: time,
      mtime: time,
      version: 0,
      cversion: 0,
      nextSequence: 0,
      aversion: 0,
      ephemeralOwner: ownerOf(txn, clientId),
      childCount: 0,
      dataLength: txn.data?.length ?? 0,
      contentCrc: 0,
      crc: 0,
    });
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
