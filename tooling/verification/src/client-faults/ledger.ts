import { isZkError, type Outcome } from "@conclave/client";

/** What a call is to leave in the tree. Every path but a register's, and every datum, is used by one call only. */
export type Mark =
  | {
      readonly kind: "make";
      /** Of a sequential: what the number is appended to. */
      readonly path: string;
      readonly data: string;
      readonly isSequential: boolean;
      readonly isEphemeral: boolean;
    }
  /** Of a znode that holds {@link UNTOUCHED} and that nobody else writes. */
  | { readonly kind: "set"; readonly path: string; readonly data: string }
  | { readonly kind: "delete"; readonly path: string }
  /** Of a znode that everybody writes. */
  | { readonly kind: "register"; readonly path: string; readonly data: string };

/** What the targets of `set` and `delete` hold at first. */
export const UNTOUCHED = "untouched";

/** Outcome of a call. */
export type Ending = "done" | Outcome;

/** One call of a client. */
export interface Call {
  readonly what: string;
  /** What it leaves in the tree if it is done. */
  readonly marks: readonly Mark[];
  settlements: number;
  ending: Ending | undefined;
  result: unknown;
  /** The session in which it was answered. */
  sessionId: bigint;
  /** The reason of the signal that aborted before it was settled. */
  abortedBecause: Error | undefined;
  /** Whether that was so early that nothing can have been sent. */
  isUnsent: boolean;
}

/** Parameters of a call. */
export interface CallPlan<T> {
  readonly what: string;
  readonly marks?: readonly Mark[];
  /** Makes the call. */
  readonly start: (signal: AbortSignal | undefined) => Promise<T>;
  /** Told the result in the order of the results. */
  readonly onDone?: (value: T) => void;
  readonly sessionId: () => bigint;
}

/** All calls of a round, and everything that went against a promise. */
export class Ledger {
  readonly calls: Call[] = [];
  /** Time for which a contradiction must last to count, in milliseconds. */
  readonly lastsMs: number;
  readonly #violations = new Set<string>();

  constructor(lastsMs: number) {
    this.lastsMs = lastsMs;
  }

  /** Notes that a promise was broken. */
  violation(what: string): void {
    this.#violations.add(what);
  }

  get violations(): readonly string[] {
    return [...this.#violations];
  }

  /** Makes a call and keeps account of it. */
  make<T>(plan: CallPlan<T>, signal?: AbortSignal): Call {
    const { what, marks = [] } = plan;
    const call: Call = {
      ...{ what, marks, settlements: 0, ending: undefined, result: undefined, sessionId: 0n },
      ...{ abortedBecause: undefined, isUnsent: false },
    };
    this.calls.push(call);
    try {
      plan.start(signal).then(
        (value) => this.#done(call, plan, value),
        (error: unknown) => this.#failed(call, error),
      );
    } catch (error) {
      this.violation(`${what} threw instead of rejecting: ${String(error)}`);
    }
    return call;
  }

  /** Those that did not settle yet. */
  get open(): readonly Call[] {
    return this.calls.filter(({ settlements }) => settlements === 0);
  }

  #done<T>(call: Call, { onDone, sessionId }: CallPlan<T>, value: T): void {
    this.#settle(call, "done");
    call.result = value;
    call.sessionId = sessionId();
    if (call.abortedBecause !== undefined) this.violation(`${call.what} was done after its signal had aborted`);
    onDone?.(value);
  }

  #failed(call: Call, error: unknown): void {
    if (!isZkError(error)) {
      this.#settle(call, "unknown");
      this.violation(`${call.what} rejected with ${String(error)}, which is no ZkError`);
      return;
    }
    this.#settle(call, error.outcome);
    call.result = error;
    const { abortedBecause, what, marks } = call;
    if (abortedBecause !== undefined && !(error.code === "ABORTED" && error.cause === abortedBecause)) {
      this.violation(`${what} was to be ABORTED by its signal, and ended with ${error.code}`);
    } else if (abortedBecause === undefined && error.code === "ABORTED") {
      this.violation(`${what} was ABORTED without a signal`);
    }
    if (call.isUnsent && error.outcome !== "not-applied") {
      this.violation(`${what} was given up before it could be sent, and ended as ${error.outcome}`);
    }
    if (marks.length === 0 && error.outcome === "unknown") {
      this.violation(`${what} changes nothing, and ended as unknown (${error.code})`);
    }
  }

  #settle(call: Call, ending: Ending): void {
    if (++call.settlements > 1) this.violation(`${call.what} settled twice: ${call.ending}, then ${ending}`);
    call.ending = ending;
  }
}
