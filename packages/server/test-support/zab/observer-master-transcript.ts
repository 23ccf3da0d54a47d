import type { EnsembleConfiguration } from "../../src/zab/configuration/ensemble-configuration.js";
import {
  ObserverMaster,
  type ObserverMasterEvent,
  type ObserverMasterOptions,
} from "../../src/zab/observer-master/observer-master.js";
import type { LearnerPacket } from "../../src/zab/packets.js";
import { ZxidHistory } from "../../src/zab/sync/zxid-history.js";
import { configuration, record, shown, zxid } from "./zab-text.js";

/** Configurations by name: server 4 is an observer of three voters, then server 5 too. */
const CONFIGURATIONS: Readonly<Record<string, EnsembleConfiguration>> = {
  first: configuration("0:0", [1, 2, 3], [4]),
  second: configuration("2:4", [1, 2, 3], [4, 5]),
};

/**
 * Returns server 2, a follower in epoch 2: it has applied 1:1, 1:2, 2:1; it has 2:2, which is committed, and the proposal 2:3.
 * Its time limits are 10 and 5 seconds.
 */
export function observerMaster(options: Partial<ObserverMasterOptions> = {}): ObserverMaster {
  return new ObserverMaster({
    ...{ id: 2n, epoch: 2, configuration: CONFIGURATIONS.first!, now: 0, initLimitMs: 10_000, syncLimitMs: 5000 },
    ...{ history: new ZxidHistory(0n, ["1:1", "1:2", "2:1"].map(zxid)), committed: zxid("2:2") },
    unapplied: ["2:2", "2:3"].map((each) => record(each)),
    ...options,
  });
}

/** Reads an event; one of an observer starts with the number of its connection, whose last digit is the id of the server. */
function eventOf(line: string): ObserverMasterEvent {
  const [first = "", second = "", third = "", fourth = ""] = line.split(" ");
  if (/^\d+$/.test(first)) return observerEvent(Number(first), second, third, fourth);
  switch (first as ObserverMasterEvent["type"]) {
    case "proposed":
      return { type: "proposed", record: record(second, CONFIGURATIONS[third]?.toString()) };
    case "committed":
      return { type: "committed", zxid: zxid(second), designatedLeader: third === "" ? undefined : BigInt(third) };
    case "applied":
      return { type: "applied", zxid: zxid(second) };
    case "configured":
      return { type: "configured", configuration: CONFIGURATIONS[second]! };
    case "stalled":
      return { type: "stalled", ms: Number(second) };
    default:
      return { type: "tick", now: Number(second) };
  }
}

function observerEvent(learner: number, type: string, first: string, second: string): ObserverMasterEvent {
  if (type === "heard" || type === "gone") return { type, learner };
  return { type: "packet", learner, packet: packetOf(learner, type, first, second) };
}

/** Reads `observerInfo <accepted epoch> <version>`, `followerInfo`, `ackEpoch <last zxid>` or `ack <zxid>`. */
function packetOf(learner: number, type: string, first: string, second: string): LearnerPacket {
  if (type === "ack") return { type, zxid: zxid(first) };
  if (type === "ackEpoch") return { type, currentEpoch: 1, lastZxid: zxid(first) };
  const role = type === "observerInfo" ? "observer" : "follower";
  const [id, acceptedEpoch, configurationVersion] = [BigInt(learner % 10), Number(first), zxid(second || "0:0")];
  return { type: "learnerInfo", id, role, acceptedEpoch, configurationVersion };
}

/** Gives events to an observer master. Returns them as lines, each followed by its effects, indented. */
export function observerMasterTranscript(master: ObserverMaster, ...lines: readonly string[]): string {
  return lines
    .flatMap((line) => [line, ...master.handle(eventOf(line)).map((effect) => `    ${shown(effect)}`)])
    .join("\n");
}

/** Returns an observer master that has taken these events. */
export function observerMasterAfter(...lines: readonly string[]): ObserverMaster {
  const master = observerMaster();
  for (const line of lines) master.handle(eventOf(line));
  return master;
}
