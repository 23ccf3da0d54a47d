import { OpCode } from "@conclave/protocol";
import type { LeaderPacket, LearnerPacket, TxnRecord } from "@conclave/server/simulation";

/** Packet on its way. A snapshot has the zxids of all its records. */
export interface Message {
  /** Different for different messages. */
  readonly key: string;
  readonly packet: LeaderPacket | LearnerPacket;
  readonly snapshot: readonly bigint[] | undefined;
}

/** Returns a text that is different for different values. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}n` : each));
}

const byKey = new Map<string, Message>();
const byPacket = new WeakMap<object, Message>();

/** Returns the message with a packet: the same one for equal packets. */
export function messageOf(packet: LeaderPacket | LearnerPacket, snapshot?: readonly bigint[]): Message {
  let message = snapshot === undefined ? byPacket.get(packet) : undefined;
  if (message !== undefined) return message;
  const key = keyOf({ packet, snapshot });
  message = byKey.get(key);
  if (message === undefined) {
    message = { key, packet, snapshot };
    byKey.set(key, message);
  }
  if (snapshot === undefined) byPacket.set(packet, message);
  return message;
}

/** Returns zxids from the least to the greatest. */
export function inOrder(zxids: Iterable<bigint>): bigint[] {
  return [...zxids].sort((a, b) => (a < b ? -1 : 1));
}

const records = new Map<bigint, TxnRecord>();

/** Returns a record with this zxid, always the same. */
export function recordOf(zxid: bigint): TxnRecord {
  let record = records.get(zxid);
  if (record === undefined) {
    const header = { clientId: 1n, cxid: 1, zxid, time: 0, type: OpCode.setData as number };
    record = { header, txn: { type: OpCode.setData, path: "/a", data: null, version: 1 } };
    records.set(zxid, record);
  }
  return record;
}
