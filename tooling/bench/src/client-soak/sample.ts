import type { Endings } from "./operation-tracker.ts";

/** State of the client's process at a moment when it is connected and no operation is in flight. */
export interface Sample {
  /** Since the soak began. */
  readonly atMs: number;
  /** Heap after a forced garbage collection. */
  readonly heapBytes: number;
  /** Number of sockets, timers and other resources by kind, and of listeners: a leak makes one of them grow. */
  readonly resources: Readonly<Record<string, number>>;
  readonly endings: Endings;
  readonly watches: { readonly changes: number; readonly sessionsEnded: number };
  readonly reconnects: number;
  readonly expiries: number;
}

export type ClientReport =
  | { readonly type: "ready" }
  | ({ readonly type: "sample" } & Omit<Sample, "atMs">)
  | { readonly type: "violation"; readonly text: string }
  /** The client was closed; `left` are the resources that still keep its process alive. */
  | { readonly type: "closed"; readonly left: readonly string[] };
