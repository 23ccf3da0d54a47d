import { ErrorCode, OpCode, PacketType, type QuorumPacket } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { recordBytes } from "../storage/record-bytes.js";
import type { TxnRecord } from "../tree/txn.js";
import type { LeaderPacket, LearnerPacket } from "../zab/packets.js";
import { decodeLeaderPacket, decodeLearnerPacket, encodeLeaderPacket, encodeLearnerPacket } from "./packet-codec.js";

const record: TxnRecord = {
  header: { clientId: 7n, cxid: 3, zxid: 0x1_0000_0005n, time: 1, type: OpCode.setData },
  txn: { type: OpCode.setData, path: "/a", data: Uint8Array.of(1), version: 4 },
  digest: { version: 2, treeDigest: 9n },
};

const fromLeader: readonly LeaderPacket[] = [
  { type: "leaderInfo", epoch: 5 },
  { type: "diff", zxid: 7n },
  { type: "trunc", zxid: 7n },
  { type: "snap", zxid: 7n },
  { type: "proposal", record },
  { type: "commit", zxid: 0x1_0000_0005n },
  { type: "commitAndActivate", zxid: 8n, designatedLeader: 2n },
  { type: "inform", record },
  { type: "informAndActivate", record, designatedLeader: 3n },
  { type: "newLeader", zxid: 0x5_0000_0000n, configuration: "server.1=a:1:2:participant\nversion=0" },
  { type: "newLeader", zxid: 0x5_0000_0000n, configuration: undefined },
  { type: "upToDate" },
  { type: "ping", zxid: 9n },
  { type: "sync" },
  { type: "revalidate", sessionId: 7n, isValid: true },
];

const fromLearner: readonly LearnerPacket[] = [
  { type: "learnerInfo", id: 2n, role: "follower", acceptedEpoch: 4, configurationVersion: 6n },
  { type: "learnerInfo", id: 3n, role: "observer", acceptedEpoch: 0, configurationVersion: 0n },
  { type: "ackEpoch", currentEpoch: 4, lastZxid: 0x4_0000_0001n },
  { type: "ackEpoch", currentEpoch: undefined, lastZxid: -1n },
  { type: "ack", zxid: 0x5_0000_0000n },
];

const packet = (type: number, data: Uint8Array | null = null): QuorumPacket => ({
  type,
  zxid: 0n,
  data,
  authInfo: null,
});

describe("packets between leader and learner", () => {
  it.each(fromLeader)("of a leader are read as they were sent: $type", (sent) => {
    expect(decodeLeaderPacket(encodeLeaderPacket(sent, recordBytes))).toEqual(sent);
  });

  it.each(fromLearner)("of a learner are read as they were sent: $type", (sent) => {
    expect(decodeLearnerPacket(encodeLearnerPacket(sent))).toEqual(sent);
  });

  it("about clients are no matter of replication", () => {
    for (const type of [PacketType.REQUEST, PacketType.PING, PacketType.REVALIDATE, 99]) {
      expect(decodeLearnerPacket(packet(type))).toBeUndefined();
    }
  });

  it("are refused if a leader does not send their type, or they lack their data", () => {
    expect(() => decodeLeaderPacket(packet(PacketType.ACK))).toThrow("the leader sent ACK");
    expect(() => decodeLeaderPacket(packet(99))).toThrow("the leader sent a packet of type 99");
    expect(() => decodeLeaderPacket(packet(PacketType.PROPOSAL))).toThrow("a PROPOSAL packet without a transaction");
    expect(() => decodeLeaderPacket(packet(PacketType.INFORM, Uint8Array.of(1)))).toThrow();
  });

  it("are refused if the learner is of a version that knows no epochs", () => {
    const bare = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2);
    expect(() => decodeLearnerPacket(packet(PacketType.FOLLOWERINFO, bare))).toThrow("before ZooKeeper 3.4");
  });

  it("carry a refused request as a transaction without a digest", () => {
    const refused: TxnRecord = {
      header: { ...record.header, type: OpCode.error },
      txn: { type: OpCode.error, err: ErrorCode.NO_NODE },
      digest: undefined,
    };
    const sent: LeaderPacket = { type: "proposal", record: refused };
    expect(decodeLeaderPacket(encodeLeaderPacket(sent, recordBytes))).toEqual(sent);
  });
});
