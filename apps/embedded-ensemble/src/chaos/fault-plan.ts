import { type Random, randomInt } from "@conclave/runtime";

/** Kinds of faults: SIGKILL, SIGTERM, SIGSTOP for longer than the session timeout, SIGKILL and an empty disk. */
export const FAULT_KINDS = ["kill", "stop", "pause", "lose disk"] as const;

/** Fault of one replica; afterwards it is started again, or continued. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Replica that a fault hits: the one that makes the invoice runs, the one whose server leads the ensemble, or one by its number. */
export type FaultTarget = "makes runs" | "leads the ensemble" | number;

/** A fault that is to be injected. */
export interface Fault {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  /** Time for which the replica is away, in milliseconds; for a pause, beyond the session timeout. */
  readonly awayMs: number;
}

const LONGEST_AWAY_MS = 1_000;

/** Returns faults without end: each kind once among the first four, and any after that. The first pause hits the replica at work. */
export function* planFaults(random: Random, replicas: number): Generator<Fault, never> {
  const first = [...FAULT_KINDS];
  for (;;) {
    const isFirst = first.length > 0;
    const kind = isFirst ? first.splice(randomInt(random, first.length), 1)[0]! : pick(random, FAULT_KINDS);
    const target = pick(random, ["makes runs", "leads the ensemble", 1 + randomInt(random, replicas)] as const);
    const awayMs = randomInt(random, LONGEST_AWAY_MS);
    yield { kind, target: isFirst && kind === "pause" ? "makes runs" : target, awayMs };
  }
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[randomInt(random, items.length)]!;
}
