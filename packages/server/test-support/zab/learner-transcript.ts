import { QuorumSet } from "../../src/zab/configuration/quorum-set.js";
import { Learner, type LearnerOptions } from "../../src/zab/learner/learner.js";
import type { LearnerEvent } from "../../src/zab/learner/learner-events.js";
import type { LeaderPacket } from "../../src/zab/packets.js";
import { configuration, record, shown, zxid } from "./zab-text.js";

/** Server 2 of three, which follows server 1 and has nothing. */
export const FOLLOWER: LearnerOptions = {
  id: 2n,
  role: "follower",
  leader: 1n,
  acceptedEpoch: 0,
  currentEpoch: 0,
  lastZxid: 0n,
  configurations: new QuorumSet(configuration("0:0", [1, 2, 3])),
  reconfigEnabled: true,
  initLimitMs: 10_000,
  syncLimitMs: 5000,
};

/** Texts of configurations that events name. */
export const TEXTS: Readonly<Record<string, string>> = {
  same: configuration("1:0", [1, 2, 3]).toString(),
  added: configuration("1:2", [1, 2, 3, 4]).toString(),
  withoutLeader: configuration("1:2", [2, 3]).toString(),
  asObserver: configuration("1:2", [1, 3], [2]).toString(),
  without2: configuration("1:2", [1, 3]).toString(),
  invalid: "server.1=nowhere\nversion=100000002",
  empty: "",
  blank: "\n",
};

/** Reads an event: its type, or that of the packet in it, and its values. A record is a zxid, and a text if it is a reconfiguration. */
export function learnerEvent(line: string): LearnerEvent {
  const [type = "", first = "", second = "", third = ""] = line.split(" ");
  switch (type) {
    case "truncated":
      return { type, lastZxid: zxid(first) };
    case "snapshotInstalled":
    case "durable":
      return { type, zxid: zxid(first) };
    case "disconnected":
    case "storageFailed":
      return { type, cause: "EIO" };
    case "connected":
    case "acceptedEpochStored":
    case "seenConfigurationStored":
    case "currentEpochStored":
    case "readTimedOut":
      return { type };
    default:
      return { type: "packet", packet: leaderPacket(type as LeaderPacket["type"], first, second, third) };
  }
}

function leaderPacket(type: LeaderPacket["type"], first: string, second: string, third: string): LeaderPacket {
  switch (type) {
    case "leaderInfo":
      return { type, epoch: Number(first) };
    case "diff":
    case "trunc":
    case "snap":
    case "commit":
    case "ping":
      return { type, zxid: zxid(first) };
    case "proposal":
    case "inform":
      return { type, record: record(first, TEXTS[second]) };
    case "commitAndActivate":
      return { type, zxid: zxid(first), designatedLeader: BigInt(second) };
    case "informAndActivate":
      return { type, record: record(first, TEXTS[second]), designatedLeader: BigInt(third) };
    case "newLeader":
      return { type, zxid: zxid(first), configuration: TEXTS[second] };
    case "revalidate":
      return { type, sessionId: 7n, isValid: true };
    case "upToDate":
    case "sync":
      return { type };
  }
}

/** Gives events to a learner. Returns them as lines, each followed by its effects, indented. */
export function learnerTranscript(learner: Learner, ...lines: readonly string[]): string {
  return lines
    .flatMap((line) => [line, ...learner.handle(learnerEvent(line)).map((effect) => `    ${shown(effect)}`)])
    .join("\n");
}

/** Events that bring a learner with an empty history to the phase after `awaitingUpToDate`, in epoch 1. */
export const TO_BROADCAST = [
  "connected",
  "leaderInfo 1",
  "acceptedEpochStored",
  "diff 0:0",
  "newLeader 1:0",
  "durable 0:0",
  "currentEpochStored",
  "upToDate",
];

/** Returns a learner that has taken these events. */
export function learnerAfter(lines: readonly string[], options: Partial<LearnerOptions> = {}): Learner {
  const learner = new Learner({ ...FOLLOWER, ...options });
  for (const line of lines) learner.handle(learnerEvent(line));
  return learner;
}
