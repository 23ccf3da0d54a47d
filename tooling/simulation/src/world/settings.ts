import { type Random, randomInt } from "@conclave/runtime";
import type { MemberSettings } from "../member/member.ts";

/** Everything about a run that its seed decides before it begins. */
export interface Settings {
  readonly participants: number;
  readonly observers: number;
  /** Machines that are no members at the beginning. */
  readonly spares: number;
  readonly clients: number;
  readonly member: MemberSettings;
  readonly hasDurableWrites: boolean;
  readonly syncMs: number;
  readonly latencyMs: number;
  readonly bufferBytes: number;
  readonly splitShare: number;
  readonly thinkMs: number;
  readonly depth: number;
  /** Number of faults, and the mean time between two of them in milliseconds. */
  readonly faults: number;
  readonly faultEveryMs: number;
  /** Time at the end in which nothing happens, in milliseconds. */
  readonly calmMs: number;
}

function one<T>(random: Random, of: readonly T[]): T {
  return of[randomInt(random, of.length)]!;
}

/** Chooses the settings of a run. Small logs, snapshots and buffers, so that all of them are used up within seconds. */
export function settingsOf(random: Random, faults: number | undefined): Settings {
  const reconfigEnabled = random.float() < 0.3;
  const spares = reconfigEnabled ? randomInt(random, 3) : 0;
  const participants = one(random, [3, 3, 3, 3, 3, 3, 5, 5, 5, 7]);
  const observers = one(random, [0, 0, 0, 1, 1, 2]);
  const clients = one(random, [2, 3, 4]);
  return {
    ...{ spares, participants, observers, clients },
    member: {
      // Not by a number of its own: the other seeds keep their runs.
      hasObserverMasters: observers > 0 && clients !== 3,
      tickMs: one(random, [100, 200, 200, 400]),
      initLimit: one(random, [5, 10]),
      syncLimit: one(random, [2, 3, 5]),
      snapCount: one(random, [5, 20, 50, 50, 200, 1000]),
      preAllocBytes: one(random, [0, 0, 4096, 16_384]),
      purgeIntervalMs: one(random, [0, 700, 3000]),
      reconfigEnabled,
    },
    hasDurableWrites: random.float() < 0.5,
    syncMs: one(random, [0.2, 1, 5]),
    latencyMs: one(random, [0.2, 0.5, 2]),
    bufferBytes: one(random, [4096, 65_536, 262_144]),
    splitShare: one(random, [0, 0.02, 0.2]),
    thinkMs: one(random, [40, 120, 300]),
    depth: one(random, [1, 3, 8]),
    faults: faults ?? 40 + randomInt(random, 40),
    faultEveryMs: one(random, [60, 150, 400]),
    // Now and then longer than every session.
    calmMs: random.float() < 0.1 ? 15_000 : 400,
  };
}
