/**
 * One partition of one member as a pure state machine, from its assignment to its release. SPEC.md has the table.
 */

export type PartitionPhase =
  /** The lock is neither held nor requested. */
  | "idle"
  /** In the queue of its lock. */
  | "waiting"
  /** The lock is held, and the task runs. */
  | "running"
  /** The lock is held, and the task has ended by itself. */
  | "finished"
  /** The signal of the task has aborted; the lock is released after the task has ended. */
  | "stopping";

export interface PartitionState {
  readonly phase: PartitionPhase;
  /** True if the key is assigned to this member, given the present members. */
  readonly isAssigned: boolean;
}

export type PartitionEvent =
  | { readonly type: "assigned" | "unassigned" }
  /** The lock was acquired. */
  | { readonly type: "acquired" }
  /** Acquiring the lock failed. */
  | { readonly type: "failed" }
  /** The lock was lost. */
  | { readonly type: "lost" }
  /** The task has ended. */
  | { readonly type: "ended" };

/**
 * - `acquire`, `acquireLater`: acquire the lock, now or after a pause. Answers: `won`, `failed`.
 * - `abandon`: leave the queue, or end the pause.
 * - `start`: run the task. Answer: `ended`.
 * - `stop`: abort the signal of the partition.
 * - `release`: release the lock.
 */
export type PartitionEffect = "acquire" | "acquireLater" | "abandon" | "start" | "stop" | "release";

export interface PartitionStep {
  readonly state: PartitionState;
  readonly effects: readonly PartitionEffect[];
}

export const newPartitionState: PartitionState = { phase: "idle", isAssigned: false };

/** Returns the next state and its effects. Total: an event that the phase does not expect leaves the phase unchanged. */
export function transition(before: PartitionState, { type }: PartitionEvent): PartitionStep {
  const isAssigned = type === "assigned" || (type !== "unassigned" && before.isAssigned);
  const go = (phase: PartitionPhase, ...effects: PartitionEffect[]): PartitionStep => ({
    state: { phase, isAssigned },
    effects,
  });
  const stay = go(before.phase);
  const release = (...first: PartitionEffect[]): PartitionStep =>
    isAssigned ? go("waiting", ...first, "release", "acquire") : go("idle", ...first, "release");
  switch (before.phase) {
    case "idle":
      return type === "assigned" ? go("waiting", "acquire") : stay;
    case "waiting":
      if (type === "acquired") return go("running", "start");
      if (type === "failed") return go("waiting", "acquireLater");
      return type === "unassigned" ? go("idle", "abandon") : stay;
    case "running":
      if (type === "ended") return go("finished");
      return type === "unassigned" || type === "lost" ? go("stopping", "stop") : stay;
    case "finished":
      return type === "unassigned" || type === "lost" ? release("stop") : stay;
    case "stopping":
      return type === "ended" ? release() : stay;
  }
}
