import {
  ErrorCode,
  type JuteWriter,
  type MultiResult,
  multi,
  OpCode,
  writeReplyHeader,
  writeStat,
} from "@conclave/protocol";
import type { TxnResult } from "../tree/txn.js";

/** A reply without a body: an error, or a success that has nothing to tell. */
export function writeEmptyReply(out: JuteWriter, xid: number, zxid: bigint, err: number): void {
  out.beginFrame();
  writeReplyHeader(out, xid, zxid, err);
  out.endFrame();
}

/** The reply to a write of the given type. */
export function writeWriteReply(out: JuteWriter, xid: number, zxid: bigint, type: number, result: TxnResult): void {
  out.beginFrame();
  writeReplyHeader(out, xid, zxid, result.err);
  if (result.err === ErrorCode.OK) writeBody(out, type, result);
  out.endFrame();
}

function writeBody(out: JuteWriter, type: number, result: TxnResult): void {
  switch (type) {
    case OpCode.create:
      out.writeString(result.path!);
      break;
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      out.writeString(result.path!);
      writeStat(out, result.stat!);
      break;
    case OpCode.setData:
    case OpCode.setACL:
      writeStat(out, result.stat!);
      break;
    case OpCode.multi:
      multi.writeResponse(out, result.results!.map(multiResult));
      break;
  }
}

function multiResult(result: TxnResult): MultiResult {
  switch (result.type) {
    case OpCode.create:
      return { type: OpCode.create, path: result.path! };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { type: OpCode.create2, path: result.path!, stat: result.stat! };
    case OpCode.setData:
      return { type: OpCode.setData, stat: result.stat! };
    case OpCode.delete:
      return { type: OpCode.delete };
    case OpCode.check:
      return { type: OpCode.check };
    default:
      return { type: OpCode.error, err: result.err };
  }
}
