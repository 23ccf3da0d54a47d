import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";
import { type Id, readId, writeId } from "../records/acl.js";

/**
 * QuorumPacket {int type, long zxid, buffer data, vector&lt;Id {ustring scheme, ustring id}&gt; authinfo}: the only record
 * between a leader and its learners. No length precedes it: {@link QuorumPacketDecoder} finds its end.
 */
export interface QuorumPacket {
  /** A {@link PacketType}, or a number of a later version. */
  readonly type: number;
  readonly zxid: bigint;
  readonly data: Uint8Array | null;
  /** Identities of the client that sent a REQUEST; null in a createSession, which has none yet, and in other packets. */
  readonly authInfo: readonly Id[] | null;
}

/** Bytes of the smallest identity: ustring scheme, ustring id. */
export const MIN_ID_BYTES = 8;

/** Writes a packet as it is sent: the same bytes for every learner. Null and empty data, or identities, are distinct. */
export function writeQuorumPacket(out: JuteWriter, { type, zxid, data, authInfo }: QuorumPacket): void {
  out.writeInt(type);
  out.writeLong(zxid);
  out.writeBuffer(data);
  if (authInfo === null) out.writeInt(-1);
  else out.writeVector(authInfo, writeId);
}

/** Reads a whole packet; its data are a view of the input. @throws ProtocolError where the bytes end too early. */
export function readQuorumPacket(input: JuteReader): QuorumPacket {
  return {
    type: input.readInt(),
    zxid: input.readLong(),
    data: input.readBuffer(),
    authInfo: input.readRequestVector(MIN_ID_BYTES, readId),
  };
}

/** Ustring that ends the snapshot after a SNAP packet. */
const SNAPSHOT_SIGNATURE = "BenWasHere";

/** Writes the end of a snapshot that is sent after a SNAP packet: 14 bytes, after the tree. Packets follow. */
export function writeSnapshotSignature(out: JuteWriter): void {
  out.writeString(SNAPSHOT_SIGNATURE);
}

/** Reads the end of a received snapshot. @throws ProtocolError for other bytes: the snapshot must not be used. */
export function readSnapshotSignature(input: JuteReader): void {
  const signature = input.readString();
  if (signature !== SNAPSHOT_SIGNATURE) throw new ProtocolError("malformed", "a snapshot without its signature");
}
