/** Message from the conductor to a process of contenders. */
export type ChaosOrder =
  | { readonly type: "enter"; readonly contender: ContenderSettings }
  | { readonly type: "accessed"; readonly access: number; readonly isAccepted: boolean }
  | { readonly type: "stop"; readonly round: number }
  | { readonly type: "leave"; readonly round: number };

/** One contender of one round. */
export interface ContenderSettings {
  readonly round: number;
  readonly name: string;
  /** Of its own proxy, with the round's znode as the chroot. */
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  readonly onSuspended: "revoke" | "keep";
  readonly seed: number;
  readonly lie?: ContenderLie | undefined;
}

/** A promise that a contender breaks, so that it can be told whether anybody finds out. */
export type ContenderLie =
  | "has a lock of its own"
  | "does not hear that it lost the lock"
  | "counts twice"
  | "leaves a znode behind"
  | "stays a member that nobody sees";

/** Message from a contender. Times are monotonic machine time in milliseconds, the same in all processes. */
export type ChaosReport = { readonly round: number } & (
  | { readonly type: "entered" }
  /** It wants to use the resource; the answer is `accessed`. */
  | { readonly type: "access"; readonly access: number; readonly token: bigint }
  | { readonly type: "granted"; readonly token: bigint; readonly at: number }
  | { readonly type: "ended"; readonly tenure: Tenure }
  | { readonly type: "view"; readonly members: readonly string[]; readonly isFresh: boolean; readonly at: number }
  | { readonly type: "violation"; readonly text: string }
  /** It holds nothing and is no member any more; its session stands. */
  | { readonly type: "stopped"; readonly counted: number; readonly uncertain: number }
  | { readonly type: "left" }
);

/** From when until when a contender held the lock, as far as it knew. */
export interface Tenure {
  readonly token: bigint;
  readonly from: number;
  readonly to: number;
  /** Since when it may not have known better: the process stood still in between. */
  readonly pausedAt: number | undefined;
}

/** Where everything of a round lies, inside of its chroot. */
export const PLACES = { lock: "/lock", group: "/group", counter: "/counter", log: "/log" } as const;

/** The machine's monotonic clock. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
