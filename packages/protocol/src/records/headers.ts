import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/** RequestHeader {int xid, int type}: before every request but the handshake. */
export interface RequestHeader {
  readonly xid: number;
  readonly type: number;
}

/** Writes the 8 bytes before a request's body. */
export function writeRequestHeader(out: JuteWriter, xid: number, type: number): void {
  out.writeInt(xid);
  out.writeInt(type);
}

/** Reads a header; its type may be unknown to this version. @throws ProtocolError where the bytes end too early. */
export function readRequestHeader(input: JuteReader): RequestHeader {
  return { xid: input.readInt(), type: input.readInt() };
}

/** ReplyHeader {int xid, long zxid, int err}: before every reply but the handshake's; a body follows if err is 0. */
export interface ReplyHeader {
  readonly xid: number;
  /** The last transaction that the server had applied when it answered. */
  readonly zxid: bigint;
  readonly err: number;
}

/** Writes the 16 bytes before a reply's body. */
export function writeReplyHeader(out: JuteWriter, xid: number, zxid: bigint, err: number): void {
  out.writeInt(xid);
  out.writeLong(zxid);
  out.writeInt(err);
}

/** Reads a header; its error code may be unknown to this version. @throws ProtocolError where the bytes end too early. */
export function readReplyHeader(input: JuteReader): ReplyHeader {
  return { xid: input.readInt(), zxid: input.readLong(), err: input.readInt() };
}
