import { QuorumSet } from "../../src/zab/configuration/quorum-set.js";
import { Leader } from "../../src/zab/leader/leader.js";
import type { LeaderEvent } from "../../src/zab/leader/leader-events.js";
import type { LeaderOptions } from "../../src/zab/leader/leader-options.js";
import type { LearnerPacket, LearnerRole } from "../../src/zab/packets.js";
import { ZxidHistory } from "../../src/zab/sync/zxid-history.js";
import { configuration, record, shown, zxid } from "./zab-text.js";

/** Returns the options of server 1 of three, which has these records, and a time limit of 10 and of 5 seconds. */
export function leaderOptions(options: Partial<LeaderOptions> = {}, records = ""): LeaderOptions {
  return {
    id: 1n,
    acceptedEpoch: 0,
    currentEpoch: 0,
    history: new ZxidHistory(0n, records.split(" ").filter(Boolean).map(zxid)),
    configurations: new QuorumSet(configuration("0:0", [1, 2, 3], [4])),
    reconfigEnabled: false,
    initLimitMs: 10_000,
    syncLimitMs: 5000,
    ...options,
  };
}

/** Texts of configurations that events name, with the version 1:2. */
export const TEXTS: Readonly<Record<string, string>> = {
  added: configuration("1:2", [1, 2, 3, 5]).toString(),
  three: configuration("1:2", [1, 2, 5]).toString(),
  withoutLeader: configuration("1:2", [2, 3]).toString(),
  invalid: "server.1=nowhere\nversion=100000002",
};

/**
 * Reads an event. An event of a learner starts with the number of its connection, whose last digit is the id of the server:
 * `2 ack 1:1`, `12 learnerInfo`.
 */
export function leaderEvent(line: string): LeaderEvent {
  const [first = "", second = "", third = "", fourth = ""] = line.split(" ");
  if (/^\d+$/.test(first)) return learnerEvent(Number(first), second, third, fourth);
  switch (first as LeaderEvent["type"]) {
    case "start":
    case "tick":
      return { type: first as "tick", now: Number(second || 0) };
    case "stalled":
      return { type: "stalled", ms: Number(second || 0) };
    case "durable":
    case "applied":
      return { type: first as "durable", zxid: zxid(second) };
    case "trimmed":
      return { type: "trimmed", base: zxid(second) };
    case "propose":
      return { type: "propose", record: record(second, TEXTS[third]) };
    case "storageFailed":
      return { type: "storageFailed", cause: "EIO" };
    default:
      return { type: first as "handOver" };
  }
}

function learnerEvent(learner: number, type: string, first: string, second: string): LeaderEvent {
  if (type === "heard" || type === "pong" || type === "gone" || type === "syncRequested") return { type, learner };
  return { type: "packet", learner, packet: learnerPacket(learner, type, first, second) };
}

/** Reads `learnerInfo <accepted epoch> <role> `, `ackEpoch <current epoch or -> <last zxid>` or `ack <zxid>`. */
function learnerPacket(learner: number, type: string, first: string, second: string): LearnerPacket {
  if (type === "ack") return { type, zxid: zxid(first || "0:0") };
  if (type === "ackEpoch") {
    return { type, currentEpoch: first === "-" ? undefined : Number(first), lastZxid: zxid(second || "0:0") };
  }
  const role: LearnerRole = second === "observer" ? "observer" : "follower";
  const version = second.includes(":") ? zxid(second) : 0n;
  return {
    type: "learnerInfo",
    id: BigInt(learner % 10),
    role,
    acceptedEpoch: Number(first),
    configurationVersion: version,
  };
}

/** Gives events to a leader. Returns them as lines, each followed by its effects, indented. */
export function leaderTranscript(leader: Leader, ...lines: readonly string[]): string {
  return lines
    .flatMap((line) => [line, ...leader.handle(leaderEvent(line)).map((effect) => `    ${shown(effect)}`)])
    .join("\n");
}

/** Events that establish server 1 as the leader of epoch 1, with server 2, whose connection is 2. */
export const TO_ESTABLISHED = [
  "start",
  "durable 0:0",
  "2 learnerInfo 0",
  "acceptedEpochStored",
  "2 ackEpoch 0 0:0",
  "currentEpochStored",
  "2 ack 1:0",
];

/** Returns a leader that has taken these events. */
export function leaderAfter(lines: readonly string[], options: Partial<LeaderOptions> = {}, records = ""): Leader {
  const leader = new Leader(leaderOptions(options, records));
  for (const line of lines) leader.handle(leaderEvent(line));
  return leader;
}
