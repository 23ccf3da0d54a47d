import type { Facts } from "./facts.ts";
import type { MachineState } from "./machine-memory.ts";
import { keyOf, type Message } from "./message.ts";
import type { Part } from "./parts.ts";

/** End of a connection, after everything that was sent. */
export type OnItsWay = Message | "closed";

/** Connection of a learner to a leader, with the messages on their way. */
export interface Connection {
  /** Number for the leader; 0 if its end is closed. */
  readonly number: number;
  readonly leader: number;
  /** 0 if its end is closed. */
  readonly learner: number;
  /** The network has cut it. */
  readonly isCut: boolean;
  readonly toLeader: readonly OnItsWay[];
  readonly toLearner: readonly OnItsWay[];
}

/** Disk operation that was started. Those on the log end in order, and those on the epochs too. */
export type Task =
  | { readonly on: "epochs"; readonly kind: "accepted" | "current"; readonly epoch: number }
  | { readonly on: "log"; readonly kind: "flush"; readonly count: number; readonly zxid: bigint }
  | { readonly on: "log"; readonly kind: "truncate"; readonly zxid: bigint }
  | { readonly on: "log"; readonly kind: "install"; readonly zxids: readonly bigint[]; readonly zxid: bigint };

export interface ServerState {
  readonly id: number;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Zxids of the records in the log. */
  readonly zxids: readonly bigint[];
  /** Number of them that survive a loss of power. */
  readonly durable: number;
  /** `undefined` while it looks for a leader. */
  readonly machine: MachineState | undefined;
  readonly tasks: readonly Task[];
  /** The machine was told that records up to this zxid are durable. */
  readonly flushed: bigint;
  /** The machine has committed records up to this zxid. */
  readonly committed: bigint;
  /** Records up to this zxid are in the tree. A recovery puts all of them there. */
  readonly applied: bigint;
  /** The leader has asked for a truncation that was impossible. */
  readonly needsSnapshot: boolean;
}

/** Steps that the scope still allows. */
export interface Budget {
  readonly transactions: number;
  /** Losses of power of one server. */
  readonly crashes: number;
  /** Connections that the network cuts. */
  readonly cuts: number;
}

/** State of the whole model. Never changed. */
export interface ModelState {
  /** Servers 1, 2 and 3. */
  readonly servers: readonly Part<ServerState>[];
  readonly connections: readonly Part<Connection>[];
  readonly left: Budget;
  readonly facts: Facts;
}

export const EMPTY_SERVER: Omit<ServerState, "id"> = {
  ...{ acceptedEpoch: 0, currentEpoch: 0, zxids: [], durable: 0, machine: undefined, tasks: [] },
  ...{ flushed: 0n, committed: 0n, applied: 0n, needsSnapshot: false },
};

/** Number of servers that decides. */
export const QUORUM = 2;

/** Returns the last epoch that no leader can have from now on. */
export function settledEpoch(servers: readonly ServerState[]): number {
  // A new leader asks a quorum, so its epoch is above the second highest one.
  let epoch = servers.map(({ acceptedEpoch }) => acceptedEpoch).sort((a, b) => b - a)[QUORUM - 1]!;
  for (const { machine } of servers) if (machine?.start.kind === "leader") epoch = Math.min(epoch, machine.epoch - 1);
  return epoch;
}

/** Returns a text that is different for different states of a server; those of its machine have their number. */
export function serverKey(server: ServerState, machine: MachineState | undefined): string {
  const { acceptedEpoch, currentEpoch, zxids, durable, tasks, flushed, committed, applied } = server;
  const disk = `${acceptedEpoch} ${currentEpoch} ${zxids.join()} ${durable} ${tasks.map(keyOf).join()}`;
  return `${disk} ${machine?.number ?? ""} ${flushed} ${committed} ${applied} ${server.needsSnapshot}`;
}

/** Returns a text that is different for different queues of a connection. */
export function queuesKey({ isCut, toLeader, toLearner }: Connection): string {
  return `${isCut}${toLeader.map(messageKey).join()}|${toLearner.map(messageKey).join()}`;
}

const messageKey = (message: OnItsWay): string => (message === "closed" ? "x" : message.key);
