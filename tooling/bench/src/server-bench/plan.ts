import type { Job, JobTarget, LoadOperation } from "./load/job.ts";

/** How much is measured. */
export interface Plan {
  readonly rounds: number;
  /** How often each server goes through the loads before it counts: until the compilers of both have done their work. */
  readonly warmUps: number;
  /** How many of each operation make up a load. */
  readonly counts: Readonly<Record<LoadOperation, number>>;
  /** The same for the loads in which each connection has one request in flight. */
  readonly aloneCount: number;
  readonly crowdCount: number;
  readonly fanOuts: number;
  readonly sessions: number;
  readonly heldSessions: number;
  /** How long nothing is asked after all loads, until memory is read again. */
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

/** Several services that each have a lot to ask. */
export const BUSY = { connections: 8, inFlight: 64 } as const;
/** Many services that ask one thing at a time. */
export const CROWD = { connections: 200, inFlight: 1 } as const;
const ALONE = { connections: 1, inFlight: 1 } as const;
export const WATCHERS = 1_000;

/** One load that warmed-up servers get in each round. */
export interface Cell {
  readonly name: CellName;
  /** Whether server and load generator have cores of their own: else the scheduler decides how long a round trip takes. */
  readonly isPinned: boolean;
  job(target: JobTarget): Job;
}

export type CellName = LoadOperation | `${LoadOperation}-alone` | "get-crowd" | "fan-out" | "sessions";
/** What can be measured alone: a load, or what a fresh server shows. */
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
