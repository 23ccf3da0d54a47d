import type { EnsembleConfiguration } from "../../src/zab/configuration/ensemble-configuration.js";
import type { Leader } from "../../src/zab/leader/leader.js";
import type { LeaderEvent } from "../../src/zab/leader/leader-events.js";
import type { Learner } from "../../src/zab/learner/learner.js";
import type { LearnerEvent } from "../../src/zab/learner/learner-events.js";
import type { LeaderPacket, LearnerPacket } from "../../src/zab/packets.js";
import { type DiskTask, ModelDisk } from "./model-disk.js";

/** Message to a learner, with the content of a snapshot after SNAP. */
export type ToLearner = { readonly packet: LeaderPacket; readonly snapshot?: readonly bigint[] } | "closed";
/** Message to a leader. */
export type ToLeader = LearnerPacket | "heard" | "closed";

/** Connection of a learner to its leader, with the messages on their way. */
export interface Connection {
  readonly number: number;
  readonly leader: ModelServer;
  readonly learner: ModelServer;
  readonly toLearner: ToLearner[];
  readonly toLeader: ToLeader[];
}

/** Server of the model, with at most one machine at a time. */
export interface ModelServer {
  readonly id: bigint;
  readonly disk: ModelDisk;
  isDown: boolean;
  leader: Leader | undefined;
  learner: Learner | undefined;
  /** Connection of the learner. */
  connection: Connection | undefined;
  /** Operations on snapshot and log, in order, and those on other files. */
  logTasks: DiskTask<LeaderEvent | LearnerEvent>[];
  fileTasks: DiskTask<LeaderEvent | LearnerEvent>[];
  incoming: readonly bigint[];
  committed: bigint;
  durable: bigint;
  applied: bigint;
  /** Configuration that the leader uses. */
  active: EnsembleConfiguration;
  /** Zxid of the last reconfiguration that the leader has proposed. */
  reconfig: bigint;
  /** Leader that has asked for a truncation that was impossible. */
  refused: Leader | undefined;
}

/** Voters and observers of the configurations that leaders propose. */
export const CHOICES: readonly (readonly [voters: readonly number[], observers: readonly number[]])[] = [
  [[1, 2, 3], [4]],
  [[1, 2, 3, 4], []],
  [[1, 2, 3, 4, 5], []],
  [[3, 4, 5], [1]],
  [
    [2, 3],
    [1, 4],
  ],
  [[1, 2, 5], [3]],
];

/** Returns a server with an empty disk and this configuration. */
export function modelServer(id: bigint, initial: EnsembleConfiguration): ModelServer {
  return {
    id,
    disk: new ModelDisk(initial),
    isDown: false,
    leader: undefined,
    learner: undefined,
    connection: undefined,
    logTasks: [],
    fileTasks: [],
    incoming: [],
    committed: 0n,
    durable: -1n,
    applied: 0n,
    active: initial,
    reconfig: 0n,
    refused: undefined,
  };
}

/** Returns the servers that may vote for `server`: their history and epoch are not better. */
export function supportersOf(server: ModelServer, looking: readonly ModelServer[]): ModelServer[] {
  if (!server.disk.configurations.canLead(server.id)) return [];
  const rank = ({ disk, id }: ModelServer) => (BigInt(disk.currentEpoch) << 80n) + (disk.last << 8n) + id;
  return looking.filter((each) => rank(each) <= rank(server));
}
