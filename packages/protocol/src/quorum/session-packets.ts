import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";
import { type PacketData, packetData } from "./packet-data.js";

/** A session and its timeout, as a learner reports it to the leader. */
export interface TouchedSession {
  readonly sessionId: bigint;
  /** The session timeout in milliseconds. */
  readonly timeoutMs: number;
}

/** long sessionId, int timeout */
const TOUCHED_SESSION_BYTES = 12;

function writeTouchedSession(out: JuteWriter, { sessionId, timeoutMs }: TouchedSession): void {
  out.writeLong(sessionId);
  out.writeInt(timeoutMs);
}

function readTouchedSession(input: JuteReader): TouchedSession {
  return { sessionId: input.readLong(), timeoutMs: input.readInt() };
}

/** Data of a learner's REVALIDATE: the session that one of its clients resumes. */
export const revalidation: PacketData<TouchedSession> = packetData(
  "a REVALIDATE packet",
  TOUCHED_SESSION_BYTES,
  writeTouchedSession,
  readTouchedSession,
);

/** The leader's answer to a {@link revalidation}. */
export interface RevalidationReply {
  readonly sessionId: bigint;
  /** True if the session exists: the leader has then recorded the learner as its owner. */
  readonly valid: boolean;
}

/** Data of the leader's REVALIDATE: long sessionId, boolean. */
export const revalidationReply: PacketData<RevalidationReply> = packetData(
  "a REVALIDATE packet",
  9,
  (out, { sessionId, valid }) => {
    out.writeLong(sessionId);
    out.writeBool(valid);
  },
  (input) => ({ sessionId: input.readLong(), valid: input.readBool() }),
);

const touches: PacketData<readonly TouchedSession[]> = packetData(
  "a PING packet",
  512,
  (out, sessions) => {
    for (const session of sessions) writeTouchedSession(out, session);
  },
  (input) => {
    const { remaining } = input;
    if (remaining % TOUCHED_SESSION_BYTES !== 0) {
      throw new ProtocolError("malformed", `session touches of ${remaining} bytes`);
    }
    const count = remaining / TOUCHED_SESSION_BYTES;
    return Array.from({ length: count }, () => readTouchedSession(input));
  },
);

/**
 * Data of a learner's PING: the sessions touched since its last one, without a count; empty, and not null, for none. The
 * leader's PING has null data, which reads as no sessions.
 */
export const sessionTouches: PacketData<readonly TouchedSession[]> = {
  encode: touches.encode,
  decode: (data) => (data === null ? [] : touches.decode(data)),
};
