import type { Endings } from "./operation-book.ts";

/** What the client's process looks like at a moment when it is connected and nothing is in flight. */
export interface Sample {
  /** Since the soak began. */
  readonly atMs: number;
  /** After forced collection. */
  readonly heapBytes: number;
  /** What would grow if something were left behind: sockets, timers and the like by their kind, and listeners. */
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
  /** The client was closed; `left` is what still keeps its process. */
  | { readonly type: "closed"; readonly left: readonly string[] };
