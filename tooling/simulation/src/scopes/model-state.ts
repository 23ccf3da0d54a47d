import type { LeaderPacket, LearnerPacket } from "@conclave/server/simulation";
import { keyOf, type MachineState } from "./machine-memory.ts";

/** Message to a learner. A snapshot has the zxids of all its records. */
export type ToLearner = { readonly packet: LeaderPacket; readonly snapshot?: readonly bigint[] } | "closed";
export type ToLeader = LearnerPacket | "closed";

/** Connection of a learner to a leader, with the messages on their way. */
export interface Connection {
  readonly number: number;
  readonly leader: number;
  readonly learner: number;
  readonly toLeader: readonly ToLeader[];
  readonly toLearner: readonly ToLearner[];
}

/** Disk operation that was started. Those on the log end in order, and those on the epochs too. */
export type Task =
  | { readonly on: "epochs"; readonly kind: "accepted" | "current"; readonly epoch: number }
  | { readonly on: "log"; readonly kind: "flush"; readonly count: number; readonly zxid: bigint }
  | { readonly on: "log"; readonly kind: "truncate"; readonly zxid: bigint }
  | { readonly on: "log"; readonly kind: "install"; readonly zxids: readonly bigint[]; readonly zxid: bigint };

export interface ServerState {
  readonly isUp: boolean;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Zxids of the records in the log. */
  readonly zxids: readonly bigint[];
  /** Number of them that survive a loss of power. */
  readonly durable: number;
  /** `undefined` while it looks for a leader, or is down. */
  readonly machine: MachineState | undefined;
  readonly tasks: readonly Task[];
  /** Content of the snapshot that comes with the packet SNAP. */
  readonly incoming: readonly bigint[];
  /** Records up to this zxid are durable, as the running machine was told. */
  readonly flushed: bigint;
  /** Records up to this zxid are committed, and in the tree, on a leader. */
  readonly committed: bigint;
  readonly applied: bigint;
  /** Connections that this leader has had. */
  readonly connections: number;
  /** The leader has asked for a truncation that was impossible. */
  readonly needsSnapshot: boolean;
}

/** Steps that the scope still allows. */
export interface Budget {
  readonly transactions: number;
  readonly crashes: number;
  readonly cuts: number;
}

/** State of the whole model. Never changed. */
export interface ModelState {
  /** Servers 1, 2 and 3. */
  readonly servers: readonly ServerState[];
  readonly connections: readonly Connection[];
  readonly left: Budget;
  /** All records that were ever committed, in order. */
  readonly committed: readonly bigint[];
  /** Leader of each epoch that was established. */
  readonly leaders: readonly (readonly [epoch: number, leader: number])[];
}

const EMPTY: ServerState = {
  ...{
    isUp: true,
    acceptedEpoch: 0,
    currentEpoch: 0,
    zxids: [],
    durable: 0,
    machine: undefined,
    tasks: [],
    incoming: [],
  },
  ...{ flushed: -1n, committed: 0n, applied: 0n, connections: 0, needsSnapshot: false },
};

export function initialState(left: Budget): ModelState {
  return { servers: [EMPTY, EMPTY, EMPTY], connections: [], left, committed: [], leaders: [] };
}

const messages = new WeakMap<object, string>();

function messageKey(message: ToLearner | ToLeader): string {
  if (message === "closed") return "x";
  let key = messages.get(message);
  if (key === undefined) {
    key = keyOf(message);
    messages.set(message, key);
  }
  return key;
}

/** Returns a text that is the same for states with the same future. */
export function fingerprint({ servers, connections, left, committed, leaders }: ModelState): string {
  const parts: string[] = [`${left.transactions} ${left.crashes} ${left.cuts} ${committed.join()} ${leaders.join()}`];
  for (const each of servers) {
    const { isUp, acceptedEpoch, currentEpoch, zxids, durable, machine, tasks, incoming, flushed } = each;
    parts.push(
      `${isUp} ${acceptedEpoch} ${currentEpoch} ${zxids.join()} ${durable} ${machine?.number ?? "-"} ${incoming.join()} ${flushed}`,
      `${each.committed} ${each.applied} ${each.connections} ${each.needsSnapshot} ${tasks.map(keyOf).join()}`,
    );
  }
  for (const { number, leader, learner, toLeader, toLearner } of connections) {
    parts.push(`${number} ${leader} ${learner}`, toLeader.map(messageKey).join(), toLearner.map(messageKey).join());
  }
  return parts.join("|");
}
