import {
  commitAndActivate,
  epochAck,
  informAndActivate,
  LEARNER_PROTOCOL_VERSION,
  leaderInfo,
  learnerInfo,
  newLeader,
  PacketType,
  ProtocolError,
  packetTypeName,
  type QuorumPacket,
  revalidationReply,
} from "@conclave/protocol";
import { readRecordBytes } from "../storage/record-bytes.js";
import type { TxnRecord } from "../tree/txn.js";
import { epochOf, zxidOf } from "../tree/zxid.js";
import type { LeaderPacket, LearnerPacket } from "../zab/packets.js";

/*
 * The packets of zab/ as QuorumPackets. Requests of clients and their sessions are other packets of the same connection; they
 * pass zab/ by.
 */

const packet = (type: number, zxid: bigint, data: Uint8Array | null = null): QuorumPacket => ({
  ...{ type, zxid, data, authInfo: null },
});
const NO_ZXID = -1n;

function recordIn(data: Uint8Array | null, name: string): TxnRecord {
  if (data === null) throw new ProtocolError("malformed", `a ${name} packet without a transaction`);
  return readRecordBytes(data);
}

/** Returns the packet that a leader sends. `bytesOf` returns a record's bytes, which are the same for every learner. */
export function encodeLeaderPacket(sent: LeaderPacket, bytesOf: (record: TxnRecord) => Uint8Array): QuorumPacket {
  switch (sent.type) {
    case "leaderInfo":
      return packet(PacketType.LEADERINFO, zxidOf(sent.epoch), leaderInfo.encode(LEARNER_PROTOCOL_VERSION));
    case "diff":
      return packet(PacketType.DIFF, sent.zxid);
    case "trunc":
      return packet(PacketType.TRUNC, sent.zxid);
    case "snap":
      return packet(PacketType.SNAP, sent.zxid);
    case "proposal":
      return packet(PacketType.PROPOSAL, sent.record.header.zxid, bytesOf(sent.record));
    case "commit":
      return packet(PacketType.COMMIT, sent.zxid);
    case "commitAndActivate":
      return packet(PacketType.COMMITANDACTIVATE, sent.zxid, commitAndActivate.encode(sent.designatedLeader));
    case "inform":
      return packet(PacketType.INFORM, sent.record.header.zxid, bytesOf(sent.record));
    case "informAndActivate": {
      const { designatedLeader, record } = sent;
      const data = informAndActivate.encode({ designatedLeader, transaction: bytesOf(record) });
      return packet(PacketType.INFORMANDACTIVATE, record.header.zxid, data);
    }
    case "newLeader":
      return packet(
        PacketType.NEWLEADER,
        sent.zxid,
        sent.configuration === undefined ? null : newLeader.encode(sent.configuration),
      );
    case "upToDate":
      return packet(PacketType.UPTODATE, NO_ZXID);
    case "ping":
      return packet(PacketType.PING, sent.zxid);
    case "sync":
      return packet(PacketType.SYNC, 0n);
    case "revalidate":
      return packet(
        PacketType.REVALIDATE,
        NO_ZXID,
        revalidationReply.encode({ sessionId: sent.sessionId, valid: sent.isValid }),
      );
  }
}

/** Reads a packet of a leader. Throws {@link ProtocolError} if it is malformed, or of a type that leaders do not send. */
export function decodeLeaderPacket({ type, zxid, data }: QuorumPacket): LeaderPacket {
  switch (type) {
    case PacketType.LEADERINFO:
      return { type: "leaderInfo", epoch: epochOf(zxid) };
    case PacketType.DIFF:
      return { type: "diff", zxid };
    case PacketType.TRUNC:
      return { type: "trunc", zxid };
    case PacketType.SNAP:
      return { type: "snap", zxid };
    case PacketType.PROPOSAL:
      return { type: "proposal", record: recordIn(data, "PROPOSAL") };
    case PacketType.COMMIT:
      return { type: "commit", zxid };
    case PacketType.COMMITANDACTIVATE:
      return { type: "commitAndActivate", zxid, designatedLeader: commitAndActivate.decode(data) };
    case PacketType.INFORM:
      return { type: "inform", record: recordIn(data, "INFORM") };
    case PacketType.INFORMANDACTIVATE: {
      const { designatedLeader, transaction } = informAndActivate.decode(data);
      return { type: "informAndActivate", designatedLeader, record: recordIn(transaction, "INFORMANDACTIVATE") };
    }
    case PacketType.NEWLEADER:
      return { type: "newLeader", zxid, configuration: newLeader.decode(data) };
    case PacketType.UPTODATE:
      return { type: "upToDate" };
    case PacketType.PING:
      return { type: "ping", zxid };
    case PacketType.SYNC:
      return { type: "sync" };
    case PacketType.REVALIDATE: {
      const { sessionId, valid } = revalidationReply.decode(data);
      return { type: "revalidate", sessionId, isValid: valid };
    }
    default:
      throw new ProtocolError("malformed", `the leader sent ${packetTypeName(type) ?? `a packet of type ${type}`}`);
  }
}

/** Returns the packet that a learner sends. */
export function encodeLearnerPacket(sent: LearnerPacket): QuorumPacket {
  switch (sent.type) {
    case "learnerInfo": {
      const { id, role, acceptedEpoch, configurationVersion } = sent;
      const data = learnerInfo.encode({
        ...{ serverId: id, protocolVersion: LEARNER_PROTOCOL_VERSION, configVersion: configurationVersion },
      });
      return packet(
        role === "observer" ? PacketType.OBSERVERINFO : PacketType.FOLLOWERINFO,
        zxidOf(acceptedEpoch),
        data,
      );
    }
    case "ackEpoch":
      return packet(PacketType.ACKEPOCH, sent.lastZxid, epochAck.encode(sent.currentEpoch ?? NOT_COUNTED));
    case "ack":
      return packet(PacketType.ACK, sent.zxid);
  }
}

/** Epoch in an ACKEPOCH that does not count. */
const NOT_COUNTED = -1;
/** Counts down for observers that have no id. */
const NO_ID = -1n;

/**
 * Reads a packet of a learner; `undefined` for one that is not of zab/. Throws {@link ProtocolError} if it is malformed, or
 * comes from a server before 3.4.
 */
export function decodeLearnerPacket({ type, zxid, data }: QuorumPacket): LearnerPacket | undefined {
  switch (type) {
    case PacketType.FOLLOWERINFO:
    case PacketType.OBSERVERINFO: {
      const { serverId, protocolVersion, configVersion } = learnerInfo.decode(data);
      if (protocolVersion === undefined || protocolVersion < LEARNER_PROTOCOL_VERSION) {
        throw new ProtocolError("malformed", "the learner is of a version before ZooKeeper 3.4");
      }
      const role = type === PacketType.OBSERVERINFO ? "observer" : "follower";
      return {
        ...{ type: "learnerInfo", id: serverId ?? NO_ID, role },
        ...{ acceptedEpoch: epochOf(zxid), configurationVersion: configVersion ?? 0n },
      };
    }
    case PacketType.ACKEPOCH: {
      const currentEpoch = epochAck.decode(data);
      return {
        type: "ackEpoch",
        currentEpoch: currentEpoch === NOT_COUNTED ? undefined : currentEpoch,
        lastZxid: zxid,
      };
    }
    case PacketType.ACK:
      return { type: "ack", zxid };
    default:
      return undefined;
  }
}
