/**
 * One partition as one member sees it, as a pure machine: from wanting it to having given it back. SPEC.md has the table.
 */

export type PartitionPhase =
  /** Neither ours nor waited for. */
  | "idle"
  /** In the queue of its lock. */
  | "waiting"
  /** The lock is held, and the task runs. */
  | "running"
  /** The lock is held, and the task has ended by itself. */
  | "finished"
  /** The task was asked to end; the lock is not released before it has. */
  | "stopping";

export interface PartitionState {
  readonly phase: PartitionPhase;
  /** True if the key belongs to this member, given the present members. */
  readonly isAssigned: boolean;
}

export type PartitionEvent =
  | { readonly type: "assigned" | "unassigned" }
  /** The lock was won. */
  | { readonly type: "won" }
  /** Acquiring the lock failed. */
  | { readonly type: "failed" }
  /** The lock was lost. */
  | { readonly type: "lost" }
  /** The task has ended. */
  | { readonly type: "ended" };

/**
 * - `acquire`, `acquireLater`: acquire the lock, now or after a pause. Answers: `won`, `failed`.
 * - `abandon`: give up the place in the queue, or the pause.
 * - `start`: run the task. Answer: `ended`.
 * - `stop`: abort the signal of the partition.
 * - `release`: give the lock back.
 */
export type PartitionEffect = "acquire" | "acquireLater" | "abandon" | "start" | "stop" | "release";

export interface PartitionStep {
  readonly state: PartitionState;
  readonly effects: readonly PartitionEffect[];
}

export const newPartitionState: PartitionState = { phase: "idle", isAssigned: false };

/** Returns the step for `event` in `state`. Total: an event without meaning leaves the state unchanged. */
export function transition(before: PartitionState, { type }: PartitionEvent): PartitionStep {
  const isAssigned = type === "assigned" || (type !== "unassigned" && before.isAssigned);
  const go = (phase: PartitionPhase, ...effects: PartitionEffect[]): PartitionStep => ({
    state: { phase, isAssigned },
    effects,
  });
  const stay = go(before.phase);
  const giveBack = (...first: PartitionEffect[]): PartitionStep =>
    isAssigned ? go("waiting", ...first, "release", "acquire") : go("idle", ...first, "release");
  switch (before.phase) {
    case "idle":
      return type === "assigned" ? go("waiting", "acquire") : stay;
    case "waiting":
      if (type === "won") return go("running", "start");
      if (type === "failed") return go("waiting", "acquireLater");
      return type === "unassigned" ? go("idle", "abandon") : stay;
    case "running":
      if (type === "ended") return go("finished");
      return type === "unassigned" || type === "lost" ? go("stopping", "stop") : stay;
    case "finished":
      return type === "unassigned" || type === "lost" ? giveBack("stop") : stay;
    case "stopping":
      return type === "ended" ? giveBack() : stay;
  }
}
