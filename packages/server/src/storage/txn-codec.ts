import { JuteReader, type JuteWriter, OpCode, ProtocolError, readAcls, writeAcls } from "@conclave/protocol";
import { keptBytes } from "../tree/kept-bytes.js";
import type { CreateTxn, Txn, TxnHeader, TxnRecord } from "../tree/txn.js";

/*
 * The entry of a log record, and the payload of a proposal (org.apache.zookeeper.txn in zookeeper.jute):
 *
 *   TxnHeader {long clientId, int cxid, long zxid, long time, int type} | body by type | [TxnDigest {int version, long treeDigest}]
 *
 * create, create2       {ustring path, buffer data, vector<ACL> acl, bool ephemeral, int parentCVersion}
 * createContainer       {ustring path, buffer data, vector<ACL> acl, int parentCVersion}
 * createTTL             {ustring path, buffer data, vector<ACL> acl, int parentCVersion, long ttl}
 * delete, deleteContainer {ustring path}         setData, reconfig {ustring path, buffer data, int version}
 * setACL {ustring path, vector<ACL> acl, int version}              check {ustring path, int version}
 * createSession {int timeOut}    closeSession {vector<ustring> paths}    error {int err}
 * multi {vector<{int type, buffer body}>}
 */

const DIGEST_BYTES = 12;
const DIGEST_VERSION = 2;
/** int type + int length */
const MIN_SUB_TXN_BYTES = 8;
const MIN_STRING_BYTES = 4;

/** Writes a record: header, body, and the digest if it has one. */
export function writeTxnRecord(out: JuteWriter, record: TxnRecord): void {
  writeTxnHeader(out, record.header);
  writeTxn(out, record.txn);
  if (record.digest === undefined) return;
  out.writeInt(record.digest.version);
  out.writeLong(record.digest.treeDigest);
}

/**
 * Writes a byte of ours after a record that is the first of a write to disk. Apache reads no further than the digest, and so it is
 * left out where there is no digest.
 */
export function markBeginOfWrite(out: JuteWriter, { digest, txn }: TxnRecord): void {
  // A session's end without its paths is known by its length.
  if (digest !== undefined && !("paths" in txn && txn.paths === null)) out.writeByte(BEGINS_WRITE);
}

const BEGINS_WRITE = 1;

/**
 * Returns true if the record is marked as the first of a write to disk; false if it cannot be read or Apache wrote it.
 */
export function beginsWrite(input: JuteReader): boolean {
  try {
    readTxnRecord(input);
    return input.remaining === 1;
  } catch {
    return false;
  }
}

/** Reads up to the end of `input`. Copies data out of it. Throws {@link ProtocolError}. */
export function readTxnRecord(input: JuteReader): TxnRecord {
  const header = readTxnHeader(input);
  if (header.type === OpCode.closeSession) return readCloseSession(input, header);
  return { header, txn: readTxn(input, header.type), digest: readDigest(input) };
}

function readDigest(input: JuteReader): TxnRecord["digest"] {
  if (input.remaining < DIGEST_BYTES) return undefined;
  return { version: input.readInt(), treeDigest: input.readLong() };
}

export function writeTxnHeader(out: JuteWriter, header: TxnHeader): void {
  out.writeLong(header.clientId);
  out.writeInt(header.cxid);
  out.writeLong(header.zxid);
  out.writeMillis(header.time);
  out.writeInt(header.type);
}

export function readTxnHeader(input: JuteReader): TxnHeader {
  return {
    clientId: input.readLong(),
    cxid: input.readInt(),
    zxid: input.readLong(),
    time: input.readMillis(),
    type: input.readInt(),
  };
}

function writeTxn(out: JuteWriter, txn: Txn): void {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
      out.writeString(txn.path);
      out.writeBuffer(txn.data);
      writeAcls(out, txn.acl);
      out.writeBool(txn.ephemeral);
      out.writeInt(txn.parentCVersion);
      break;
    case OpCode.createContainer:
    case OpCode.createTTL:
      out.writeString(txn.path);
      out.writeBuffer(txn.data);
      writeAcls(out, txn.acl);
      out.writeInt(txn.parentCVersion);
      if (txn.type === OpCode.createTTL) out.writeLong(txn.ttl);
      break;
    case OpCode.delete:
    case OpCode.deleteContainer:
      out.writeString(txn.path);
      break;
    case OpCode.setData:
    case OpCode.reconfig:
      out.writeString(txn.path);
      out.writeBuffer(txn.data);
      out.writeInt(txn.version);
      break;
    case OpCode.setACL:
      out.writeString(txn.path);
      writeAcls(out, txn.acl);
      out.writeInt(txn.version);
      break;
    case OpCode.check:
      out.writeString(txn.path);
      out.writeInt(txn.version);
      break;
    case OpCode.createSession:
      out.writeInt(txn.timeoutMs);
      break;
    case OpCode.closeSession:
      if (txn.paths !== null) out.writeVector(txn.paths, writePath);
      break;
    case OpCode.error:
      out.writeInt(txn.err);
      break;
    case OpCode.multi:
      out.writeVector(txn.txns, writeSubTxn);
      break;
  }
}

function writePath(out: JuteWriter, path: string): void {
  out.writeString(path);
}

/**
 * A create2 is written as a create: both do the same, and Apache before 3.8.2 fails at a create2 in the middle of
 * applying a multi, and continues with half of it.
 */
function writeSubTxn(out: JuteWriter, txn: Txn): void {
  out.writeInt(txn.type === OpCode.create2 ? OpCode.create : txn.type);
  out.beginFrame();
  writeTxn(out, txn);
  out.endFrame();
}

function readTxn(input: JuteReader, type: number): Txn {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      return readCreateTxn(input, type);
    case OpCode.createContainer:
      return {
        type,
        path: input.readString(),
        data: readData(input),
        acl: readAcls(input),
        parentCVersion: input.readInt(),
      };
    case OpCode.createTTL:
      return {
        type,
        path: input.readString(),
        data: readData(input),
        acl: readAcls(input),
        parentCVersion: input.readInt(),
        ttl: input.readLong(),
      };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type, path: input.readString() };
    case OpCode.setData:
    case OpCode.reconfig:
      return { type, path: input.readString(), data: readData(input), version: input.readInt() };
    case OpCode.setACL:
      return { type, path: input.readString(), acl: readAcls(input), version: input.readInt() };
    case OpCode.check:
      return { type, path: input.readString(), version: input.readInt() };
    case OpCode.createSession:
      return { type, timeoutMs: input.readInt() };
    case OpCode.closeSession:
      return { type, paths: readPaths(input) };
    case OpCode.error:
      return { type, err: input.readInt() };
    case OpCode.multi:
      return { type, txns: input.readVector(MIN_SUB_TXN_BYTES, readSubTxn) };
    default:
      throw new ProtocolError("malformed", `a transaction of the unknown type ${type}`);
  }
}

/** Before 3.4 (CreateTxnV0) the last field was not there. */
function readCreateTxn(input: JuteReader, type: CreateTxn["type"]): CreateTxn {
  const path = input.readString();
  const data = readData(input);
  const acl = readAcls(input);
  const ephemeral = input.readBool();
  return { type, path, data, acl, ephemeral, parentCVersion: input.remaining >= 4 ? input.readInt() : -1 };
}

function readPaths(input: JuteReader): string[] {
  return input.readVector(MIN_STRING_BYTES, (each) => each.readString());
}

/**
 * Servers before 3.6, or with `closeSessionTxn.enabled=false`, write no body: nothing or the digest follows the header.
 * The digest's version is 2, and two paths need more than its 12 bytes, so that it cannot be taken for a body.
 */
function readCloseSession(input: JuteReader, header: TxnHeader): TxnRecord {
  const type = OpCode.closeSession;
  if (input.remaining === 0) return { header, txn: { type, paths: null } };
  if (input.remaining !== DIGEST_BYTES) {
    return { header, txn: { type, paths: readPaths(input) }, digest: readDigest(input) };
  }
  const first = input.readInt();
  if (first === DIGEST_VERSION) {
    return { header, txn: { type, paths: null }, digest: { version: first, treeDigest: input.readLong() } };
  }
  return { header, txn: { type, paths: first === 1 ? [input.readString()] : [] } };
}

function readSubTxn(input: JuteReader): Txn {
  const type = input.readInt();
  const body = input.readBuffer();
  if (type === OpCode.multi) throw new ProtocolError("malformed", "a multi transaction within another");
  const reader = new JuteReader(body ?? new Uint8Array(0));
  return readTxn(reader, type);
}

/** Returns a copy: the input is a part of a file or of a socket's buffer, which stored data must not keep alive. */
function readData(input: JuteReader): Uint8Array | null {
  const view = input.readBuffer();
  return view === null ? null : keptBytes(view);
}
