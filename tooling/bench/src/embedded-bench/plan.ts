/** Coordination of an app: by a replica in its process, by servers beside it, or none. */
export const COORDINATIONS = ["worker", "main", "external", "none"] as const;
export type Coordination = (typeof COORDINATIONS)[number];

/** Sizes of a measurement. */
export interface Plan {
  readonly rounds: number;
  /** Time with nothing to do over which CPU is counted, in seconds. */
  readonly idleSeconds: number;
  /** Duration of each load, in seconds. */
  readonly loadSeconds: number;
}

export const FULL: Plan = { rounds: 5, idleSeconds: 10, loadSeconds: 10 };
export const QUICK: Plan = { rounds: 1, idleSeconds: 3, loadSeconds: 3 };

/** Replicas of each app. */
export const REPLICAS = 3;

/** Requests to the three replicas together, and writes to a busy ensemble, a second. */
export const REQUESTS_PER_SECOND = 300;
export const WRITES_PER_SECOND = 1_000;

/** User code that takes the event loop of each replica for `busyMs` of every `everyMs`. */
export const SLICES = { busyMs: 200, everyMs: 250 } as const;
