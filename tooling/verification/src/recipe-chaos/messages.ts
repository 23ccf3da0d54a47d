/** Message from the test to a process of contenders. */
export type ChaosCommand =
  | { readonly type: "start"; readonly contender: ContenderSettings }
  | { readonly type: "accessed"; readonly access: number; readonly isAccepted: boolean }
  | { readonly type: "stop"; readonly round: number }
  | { readonly type: "close"; readonly round: number };

/** One contender of one round. */
export interface ContenderSettings {
  readonly round: number;
  readonly name: string;
  /** Connect string of its proxy; the chroot is the znode of the round. */
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  readonly onSuspended: "revoke" | "keep";
  readonly seed: number;
  readonly defect?: ContenderDefect | undefined;
}

/** Deliberate violation by a contender, to test that the audit finds it. */
export type ContenderDefect =
  | "uses another lock path"
  | "ignores the loss of the lock"
  | "counts twice"
  | "leaves an orphaned znode"
  | "joins another group";

/** Message from a contender. Times are monotonic machine time in milliseconds, the same in all processes. */
export type ChaosReport = { readonly round: number } & (
  | { readonly type: "started" }
  /** Requests a use of the resource; the reply is `accessed`. */
  | { readonly type: "access"; readonly access: number; readonly token: bigint }
  | { readonly type: "granted"; readonly token: bigint; readonly at: number }
  | { readonly type: "ended"; readonly tenure: Tenure }
  | { readonly type: "view"; readonly members: readonly string[]; readonly isFresh: boolean; readonly at: number }
  | { readonly type: "violation"; readonly text: string }
  /** The contender has released the lock and left the group; its session is open. */
  | { readonly type: "stopped"; readonly counted: number; readonly uncertain: number }
  | { readonly type: "left" }
);

/** Interval in which a contender held the lock, by its own signal. */
export interface Tenure {
  readonly token: bigint;
  readonly from: number;
  readonly to: number;
  /** Begin of the first pause of the process in this interval; undefined without one. */
  readonly pausedAt: number | undefined;
}

/** Paths of a round, inside its chroot. */
export const PLACES = { lock: "/lock", group: "/group", counter: "/counter", log: "/log" } as const;

/** The machine's monotonic clock. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
