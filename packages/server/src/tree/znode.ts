import { type Acl, type JuteWriter, OpCode, type Stat } from "@conclave/protocol";
import type { AclLists } from "./acl-lists.js";
import type { ByteStore } from "./byte-store.js";
import { ChildNames } from "./child-names.js";
import { decodeName } from "./node-name.js";
import { fillMillis, StatOffset } from "./stat-bytes.js";
import type { StatPersisted } from "./stat-persisted.js";
import type { AnyCreateTxn, TxnHeader } from "./txn.js";
import { IntField, LongField, StatInt, StatLong, StatTime, TimeField, type ZnodeRows } from "./znode-rows.js";

/** Stored in `ephemeralOwner` of a container. */
const CONTAINER_OWNER = -0x8000_0000_0000_0000n;
/** The upper byte of a TTL node's `ephemeralOwner`: no session has it, as no server may have the id 255. */
const TTL_MARK = -0x100_0000_0000_0000n;

/** The lower 40 bits hold the milliseconds. */
export const MAX_TTL_MS = 0xff_ffff_ffffn;

/** Returns the `ephemeralOwner` of the znode that a transaction of this session creates. */
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

/** The TTL in milliseconds that a stored `ephemeralOwner` holds; `undefined` if it is none of a TTL node. */
export function ttlOf(owner: bigint): number | undefined {
  const isTtl = (owner & TTL_MARK) === TTL_MARK;
  return isTtl ? Number(owner & MAX_TTL_MS) : undefined;
}

/** Returns true if a stored `ephemeralOwner` is a session's: not 0, a container's, or a TTL node's. */
export function isSessionOwner(owner: bigint): boolean {
  return owner !== 0n && owner !== CONTAINER_OWNER && (owner & TTL_MARK) !== TTL_MARK;
}

/** Returns true for the stat of a znode that was never changed and belongs to no session. */
function isAsMade({
  czxid,
  mzxid,
  pzxid,
  ctime,
  mtime,
  version,
  cversion,
  aversion,
  ephemeralOwner,
}: StatPersisted): boolean {
  const isUnchanged = (version | cversion | aversion) === 0 && mzxid === czxid && pzxid === czxid && mtime === ctime;
  return isUnchanged && ephemeralOwner === 0n;
}

/** Memory that holds the znodes. */
export interface ZnodeMemory {
  readonly rows: ZnodeRows;
  readonly bytes: ByteStore;
  readonly acls: AclLists;
}

/** A look at one znode, good until that is deleted. Only the tree changes it. */
export class Znode implements StatPersisted {
  readonly #memory: ZnodeMemory;
  /** Number of its row in {@link ZnodeMemory.rows}. Only a walk changes it, to move to the next znode. */
  row: number;

  constructor(memory: ZnodeMemory, row: number) {
    this.#memory = memory;
    this.row = row;
  }

  #int(field: IntField): number {
    return this.#memory.rows.int(this.row, field);
  }

  #set(field: IntField, value: number): void {
    this.#memory.rows.setInt(this.row, field, value);
  }

  /** A view, valid until the znode changes. */
  get data(): Uint8Array | null {
    const length = this.#int(IntField.DATA_LENGTH);
    return length === -1 ? null : this.#memory.bytes.get(this.#int(IntField.DATA), length);
  }

  set data(data: Uint8Array | null) {
    const { bytes } = this.#memory;
    const place = data === null ? 0 : bytes.put(data, data.length);
    bytes.remove(this.#int(IntField.DATA), this.#int(IntField.DATA_LENGTH));
    this.#set(IntField.DATA, place);
    this.#set(IntField.DATA_LENGTH, data === null ? -1 : data.length);
  }

  /** Its data as a snapshot has it. */
  writeData(out: JuteWriter): void {
    const length = this.#int(IntField.DATA_LENGTH);
    if (length === -1) return out.writeBuffer(null);
    const { bytes } = this.#memory;
    const place = this.#int(IntField.DATA);
    out.writeSlice(bytes.memoryOf(place), bytes.offsetOf(place), length);
  }

  /** Bytes of its data. */
  get dataLength(): number {
    return Math.max(this.#int(IntField.DATA_LENGTH), 0);
  }

  get acl(): readonly Acl[] {
    return this.#memory.acls.at(this.#int(IntField.ACL));
  }

  get czxid(): bigint {
    return this.#memory.rows.long(this.row, LongField.CZXID);
  }

  get mzxid(): bigint {
    return this.#statLong(StatLong.MZXID);
  }

  get pzxid(): bigint {
    return this.#statLong(StatLong.PZXID);
  }

  get ephemeralOwner(): bigint {
    const stat = this.#int(IntField.STAT);
    return stat === 0 ? 0n : this.#memory.rows.long(stat, StatLong.OWNER);
  }

  get ctime(): number {
    return this.#memory.rows.time(this.row, TimeField.CTIME);
  }

  get mtime(): number {
    const stat = this.#int(IntField.STAT);
    return stat === 0 ? this.ctime : this.#memory.rows.time(stat, StatTime.MTIME);
  }

  get version(): number {
    return this.#memory.rows.statInt(this.row, StatInt.VERSION);
  }

  get cversion(): number {
    return this.#memory.rows.statInt(this.row, StatInt.CVERSION);
  }

  /** Number of the next sequential child. */
  get nextSequence(): number {
    return this.cversion;
  }

  get aversion(): number {
    return this.#memory.rows.statInt(this.row, StatInt.AVERSION);
  }

  #statLong(field: typeof StatLong.MZXID | typeof StatLong.PZXID): bigint {
    const stat = this.#int(IntField.STAT);
    return stat === 0 ? this.czxid : this.#memory.rows.long(stat, field);
  }

  get contentCrc(): number {
    return this.#int(IntField.CONTENT_CRC);
  }

  set contentCrc(crc: number) {
    this.#set(IntField.CONTENT_CRC, crc);
  }

  get crc(): number {
    return this.#int(IntField.CRC);
  }

  set crc(crc: number) {
    this.#set(IntField.CRC, crc);
  }

  get childCount(): number {
    return this.#memory.rows.statInt(this.row, StatInt.CHILD_COUNT);
  }

  get name(): string {
    const { bytes } = this.#memory;
    const place = this.#int(IntField.NAME);
    return decodeName(bytes.memoryOf(place), bytes.offsetOf(place), this.#int(IntField.NAME_LENGTH));
  }

  /** In the order in which they were made. */
  children(): Znode[] {
    const { rows } = this.#memory;
    const children: Znode[] = [];
    for (let row = this.#int(IntField.FIRST_CHILD); row !== 0; row = rows.int(row, IntField.NEXT_SIBLING)) {
      children.push(new Znode(this.#memory, row));
    }
    return children;
  }

  /** Names and views in the same order. */
  get childNames(): ChildNames {
    const { rows, bytes } = this.#memory;
    return new ChildNames(rows, bytes, this.row);
  }

  /** All but the children, as a transaction or a snapshot has it. */
  restore(data: Uint8Array | null, acl: readonly Acl[], stat: StatPersisted): void {
    const { rows } = this.#memory;
    rows.setLong(this.row, LongField.CZXID, stat.czxid);
    rows.setTime(this.row, TimeField.CTIME, stat.ctime);
    this.data = data;
    this.#set(IntField.ACL, this.#memory.acls.numberOf(acl));
    if (this.#int(IntField.STAT) === 0 && isAsMade(stat)) return;
    const row = rows.statRow(this.row);
    rows.setLong(row, StatLong.MZXID, stat.mzxid);
    rows.setLong(row, StatLong.PZXID, stat.pzxid);
    rows.setLong(row, StatLong.OWNER, stat.ephemeralOwner);
    rows.setTime(row, StatTime.MTIME, stat.mtime);
    rows.setInt(row, StatInt.VERSION, stat.version);
    rows.setInt(row, StatInt.CVERSION, stat.cversion);
    rows.setInt(row, StatInt.AVERSION, stat.aversion);
  }

  setData({ zxid, time }: TxnHeader, data: Uint8Array | null, version: number): void {
    const { rows } = this.#memory;
    this.data = data;
    const stat = rows.statRow(this.row);
    rows.setInt(stat, StatInt.VERSION, version);
    rows.setTime(stat, StatTime.MTIME, time);
    rows.setLong(stat, StatLong.MZXID, zxid);
  }

  setAcl(acl: readonly Acl[], version: number): void {
    const { rows, acls } = this.#memory;
    this.#set(IntField.ACL, acls.numberOf(acl));
    rows.setInt(rows.statRow(this.row), StatInt.AVERSION, version);
  }

  /** Only upward: on replay it may already know of later creates. `recorded` is -1 where the transaction does not say. */
  childCreated(recorded: number, zxid: bigint): void {
    const cversion = recorded === -1 ? (this.cversion + 1) | 0 : recorded;
    if (cversion <= this.cversion) return;
    const { rows } = this.#memory;
    const stat = rows.statRow(this.row);
    rows.setInt(stat, StatInt.CVERSION, cversion);
    rows.setLong(stat, StatLong.PZXID, zxid);
  }

  childDeleted(zxid: bigint): void {
    const { rows } = this.#memory;
    if (zxid > this.pzxid) rows.setLong(rows.statRow(this.row), StatLong.PZXID, zxid);
  }

  /** Its stat as bytes, see stat-bytes.ts; no bigint is made for that. */
  fillStat(into: DataView): void {
    const { row } = this;
    const { rows } = this.#memory;
    const stat = rows.int(row, IntField.STAT);
    const ctime = rows.time(row, TimeField.CTIME);
    into.setBigInt64(StatOffset.CZXID, rows.long(row, LongField.CZXID));
    fillMillis(into, StatOffset.CTIME, ctime);
    if (stat === 0) {
      into.setBigInt64(StatOffset.MZXID, rows.long(row, LongField.CZXID));
      into.setBigInt64(StatOffset.PZXID, rows.long(row, LongField.CZXID));
      fillMillis(into, StatOffset.MTIME, ctime);
      into.setInt32(StatOffset.VERSION, 0);
      into.setInt32(StatOffset.CVERSION, 0);
      into.setInt32(StatOffset.AVERSION, 0);
      into.setBigInt64(StatOffset.OWNER, 0n);
      return;
    }
    into.setBigInt64(StatOffset.MZXID, rows.long(stat, StatLong.MZXID));
    into.setBigInt64(StatOffset.PZXID, rows.long(stat, StatLong.PZXID));
    fillMillis(into, StatOffset.MTIME, rows.time(stat, StatTime.MTIME));
    into.setInt32(StatOffset.VERSION, rows.int(stat, StatInt.VERSION));
    into.setInt32(StatOffset.CVERSION, rows.int(stat, StatInt.CVERSION));
    into.setInt32(StatOffset.AVERSION, rows.int(stat, StatInt.AVERSION));
    into.setBigInt64(StatOffset.OWNER, rows.long(stat, StatLong.OWNER));
  }

  /**
   * Returns the stat that clients see. Its cversion counts creates and deletes of children: the stored one counts
   * creates, so the deletes are `stored - children`, together `2 * stored - children` (DataNode.copyStat).
   */
  stat(): Stat {
    const { childCount: numChildren, ephemeralOwner } = this;
    return {
      czxid: this.czxid,
      mzxid: this.mzxid,
      ctime: this.ctime,
      mtime: this.mtime,
      version: this.version,
      cversion: (this.cversion * 2 - numChildren) | 0,
      aversion: this.aversion,
      ephemeralOwner: isSessionOwner(ephemeralOwner) ? ephemeralOwner : 0n,
      dataLength: this.dataLength,
      numChildren,
      pzxid: this.pzxid,
    };
  }
}
