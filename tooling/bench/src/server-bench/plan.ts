import type { Job, JobTarget, LoadOperation } from "./load/job.ts";

/** Sizes of a measurement. */
export interface Plan {
  readonly rounds: number;
  /** Number of rounds that are not counted, until the compilers have optimized the code of both servers. */
  readonly warmUps: number;
  /** Number of operations of a load. */
  readonly counts: Readonly<Record<LoadOperation, number>>;
  /** Number of operations of a load with one request in flight. */
  readonly aloneCount: number;
  readonly crowdCount: number;
  readonly fanOuts: number;
  readonly sessions: number;
  readonly heldSessions: number;
  /** Idle time after all loads, before memory is read again. */
  readonly restMs: number;
}

export const FULL: Plan = {
  rounds: 5,
  warmUps: 4,
  counts: { get: 300_000, set: 100_000, create: 30_000 },
  aloneCount: 3_000,
  crowdCount: 100_000,
  fanOuts: 60,
  sessions: 3_000,
  heldSessions: 10_000,
  restMs: 10_000,
};

export const QUICK: Plan = {
  rounds: 2,
  warmUps: 1,
  counts: { get: 40_000, set: 20_000, create: 5_000 },
  aloneCount: 300,
  crowdCount: 10_000,
  fanOuts: 5,
  sessions: 500,
  heldSessions: 2_000,
  restMs: 0,
};

/** Few services with many requests in flight. */
export const BUSY = { connections: 8, inFlight: 64 } as const;
/** Many services with one request in flight. */
export const CROWD = { connections: 200, inFlight: 1 } as const;
const ALONE = { connections: 1, inFlight: 1 } as const;
export const WATCHERS = 1_000;

/** A load of warmed-up servers, once per round. */
export interface Cell {
  readonly name: CellName;
  /** True if server and load generator get separate cores; otherwise the scheduler determines the round-trip time. */
  readonly isPinned: boolean;
  job(target: JobTarget): Job;
}

export type CellName = LoadOperation | `${LoadOperation}-alone` | "get-crowd" | "fan-out" | "sessions";
/** Parts that can be measured alone: a load, or a fresh server. */
export type PartName = CellName | "fresh";

const OPERATIONS: readonly LoadOperation[] = ["get", "set", "create"];

export function cellsOf(plan: Plan): readonly Cell[] {
  const { counts, aloneCount, crowdCount, fanOuts, sessions } = plan;
  return [
    ...OPERATIONS.map(
      (operation): Cell => ({
        name: operation,
        isPinned: false,
        job: (target) => ({ kind: "operations", operation, ...BUSY, count: counts[operation], ...target }),
      }),
    ),
    {
      name: "get-crowd",
      isPinned: false,
      job: (target) => ({ kind: "operations", operation: "get", ...CROWD, count: crowdCount, ...target }),
    },
    ...OPERATIONS.map(
      (operation): Cell => ({
        name: `${operation}-alone`,
        isPinned: true,
        job: (target) => ({ kind: "operations", operation, ...ALONE, count: aloneCount, ...target }),
      }),
    ),
    {
      name: "fan-out",
      isPinned: false,
      job: (target) => ({ kind: "fan-out", watchers: WATCHERS, times: fanOuts, ...target }),
    },
    { name: "sessions", isPinned: false, job: (target) => ({ kind: "sessions", count: sessions, ...target }) },
  ];
}
