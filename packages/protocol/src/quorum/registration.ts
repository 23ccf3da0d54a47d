import { decodeJavaUtf8 } from "../java-utf8.js";
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";
import { type PacketData, packetData } from "./packet-data.js";

/** Version of the protocol between leader and learner since ZooKeeper 3.4: Zab 1.0, with LEADERINFO and ACKEPOCH. */
export const LEARNER_PROTOCOL_VERSION = 0x10000;

/**
 * LearnerInfo {long serverid, int protocolVersion, long configVersion}: data of FOLLOWERINFO and OBSERVERINFO. Servers before
 * 3.5 send the first 12 bytes, servers before 3.4 the first 8, and an observer of theirs without a server id sends null.
 */
export interface LearnerInfo {
  /** `undefined` if the learner has no id. */
  readonly serverId: bigint | undefined;
  /** `undefined` from a server before 3.4, which knows no {@link LEARNER_PROTOCOL_VERSION}. */
  readonly protocolVersion: number | undefined;
  /** Version of the configuration that the learner has; `undefined` from a server before 3.5. */
  readonly configVersion: bigint | undefined;
}

const LEARNER_INFO_BYTES = 20;
const OLDER_LEARNER_INFO_BYTES: readonly number[] = [8, 12];

/** Data of FOLLOWERINFO and OBSERVERINFO. Writes the current form; reads the older ones, null included. */
export const learnerInfo: {
  encode(info: { readonly [Field in keyof LearnerInfo]-?: NonNullable<LearnerInfo[Field]> }): Uint8Array;
  /** @throws ProtocolError for any other length below 20 bytes. */
  decode(data: Uint8Array | null): LearnerInfo;
} = {
  encode({ serverId, protocolVersion, configVersion }) {
    const out = new JuteWriter(LEARNER_INFO_BYTES);
    out.writeLong(serverId);
    out.writeInt(protocolVersion);
    out.writeLong(configVersion);
    return out.take();
  },
  decode(data) {
    if (data === null) return { serverId: undefined, protocolVersion: undefined, configVersion: undefined };
    if (data.length < LEARNER_INFO_BYTES && !OLDER_LEARNER_INFO_BYTES.includes(data.length)) {
      throw new ProtocolError("malformed", `learner info of ${data.length} bytes`);
    }
    const input = new JuteReader(data);
    return {
      serverId: input.readLong(),
      protocolVersion: input.remaining > 0 ? input.readInt() : undefined,
      configVersion: input.remaining > 0 ? input.readLong() : undefined,
    };
  },
};

/** Data of LEADERINFO: int, the leader's protocol version. */
export const leaderInfo: PacketData<number> = packetData(
  "a LEADERINFO packet",
  4,
  (out, version) => out.writeInt(version),
  (input) => input.readInt(),
);

/** The epoch in a reply that is no acknowledgement. */
const NO_ACK = -1;

/**
 * Data of ACKEPOCH: int, the learner's currentEpoch; -1, here `undefined`, if it had accepted the leader's epoch before: such a
 * reply does not count towards the quorum of acknowledgements. Epochs are unsigned; the last one, 0xffffffff, cannot be sent.
 */
export const epochAck: PacketData<number | undefined> = packetData(
  "an ACKEPOCH packet",
  4,
  (out, currentEpoch) => out.writeInt(currentEpoch ?? NO_ACK),
  (input) => {
    const currentEpoch = input.readInt();
    return currentEpoch === NO_ACK ? undefined : currentEpoch >>> 0;
  },
);

/**
 * Data of NEWLEADER: text of the leader's last seen configuration, in UTF-8. Data that are null or a single byte, as a server
 * before 3.5 sends them, read as `undefined`.
 */
export const newLeader: {
  encode(config: string): Uint8Array;
  decode(data: Uint8Array | null): string | undefined;
} = {
  encode: (config) => new TextEncoder().encode(config),
  decode: (data) => (data === null || data.length <= 1 ? undefined : decodeJavaUtf8(data, 0, data.length)),
};
