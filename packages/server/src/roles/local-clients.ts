import {
  create,
  ErrorCode,
  isEphemeral,
  JuteReader,
  JuteWriter,
  multi,
  OpCode,
  ProtocolError,
  sync,
} from "@conclave/protocol";
import type { Waiter, WriteRequest } from "../pipeline/write-request.js";

/** Returns true for a write that creates an ephemeral, and so needs a session that all servers know. */
export function createsEphemeral(type: number, body: JuteReader): boolean {
  if (type !== OpCode.create && type !== OpCode.create2 && type !== OpCode.multi) return false;
  try {
    if (type !== OpCode.multi) return isEphemeral(create.readRequest(body.fork()).flags);
    return multi.readRequest(body.fork()).some((each) => "flags" in each && isEphemeral(each.flags));
  } catch (error) {
    // It is refused where it is decoded.
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** Returns a waiter for a write that the leader refuses, with the code for an ephemeral of a local session. */
export function refusedAsLocal(waiter: Waiter): Waiter {
  const err = ErrorCode.EPHEMERAL_ON_LOCAL_SESSION;
  return { applied: (_, zxid) => waiter.applied({ type: OpCode.error, err }, zxid) };
}

/** Returns the `sync` that a local session closes after: its earlier writes are answered then. */
export function syncOf(sessionId: bigint, cxid: number): WriteRequest {
  const out = new JuteWriter();
  sync.writeRequest(out, { path: "/" });
  return { sessionId, cxid, type: OpCode.sync, body: new JuteReader(out.take()), ids: [] };
}
