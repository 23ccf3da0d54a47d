import { type PacketData, packetData } from "./packet-data.js";

/** A client's request, forwarded by its server to the leader. The client's identities are the packet's authInfo. */
export interface ForwardedRequest {
  readonly sessionId: bigint;
  /** The client's xid; 0 in a createSession. */
  readonly cxid: number;
  /** An {@link OpCode}: of a write, of sync, createSession or closeSession. */
  readonly type: number;
  /** The body as the client sent it; an int timeout in milliseconds for createSession. */
  readonly body: Uint8Array;
}

/** Data of REQUEST: long sessionId, int cxid, int type, then the body, which is read as a view. */
export const forwardedRequest: PacketData<ForwardedRequest> = packetData(
  "a REQUEST packet",
  512,
  (out, { sessionId, cxid, type, body }) => {
    out.writeLong(sessionId);
    out.writeInt(cxid);
    out.writeInt(type);
    out.writeRaw(body);
  },
  (input) => ({
    sessionId: input.readLong(),
    cxid: input.readInt(),
    type: input.readInt(),
    body: input.readRest(),
  }),
);
