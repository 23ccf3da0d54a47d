import { type Random, randomInt } from "@conclave/runtime";

/** Fault of one replica; afterwards it is started again. */
export type FaultKind = "kill" | "stop" | "lose disk";

/** Replica that a fault hits: the one that makes the invoice runs, the one whose server leads the ensemble, or one by its number. */
export type FaultTarget = "makes runs" | "leads the ensemble" | number;

export interface Fault {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  /** Time for which the replica is away, in milliseconds. */
  readonly awayMs: number;
}

const KINDS: readonly FaultKind[] = ["kill", "stop", "lose disk"];
const LONGEST_AWAY_MS = 1_500;

/** Returns faults without end: each kind once among the first three, and any after that. */
export function* planFaults(random: Random, replicas: number): Generator<Fault, never> {
  const first = [...KINDS];
  for (;;) {
    const kind = first.length > 0 ? first.splice(randomInt(random, first.length), 1)[0]! : pick(random, KINDS);
    const target = pick(random, ["makes runs", "leads the ensemble", 1 + randomInt(random, replicas)] as const);
    yield { kind, target, awayMs: randomInt(random, LONGEST_AWAY_MS) };
  }
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[randomInt(random, items.length)]!;
}
