import { isZkError, type Outcome } from "@conclave/client";

/** Expected effect of a call on the tree. Each path, except that of a register, and each value is used by one call only. */
export type Effect =
  | {
      readonly kind: "create";
      /** Prefix of the path for a sequential znode. */
      readonly path: string;
      readonly data: string;
      readonly isSequential: boolean;
      readonly isEphemeral: boolean;
    }
  /** Sets a znode that holds {@link UNTOUCHED} and that no other call writes. */
  | { readonly kind: "set"; readonly path: string; readonly data: string }
  | { readonly kind: "delete"; readonly path: string }
  /** Sets a znode that all clients write. */
  | { readonly kind: "register"; readonly path: string; readonly data: string };

/** Initial data of the targets of `set` and `delete`. */
export const UNTOUCHED = "untouched";

/** Outcome of a call. */
export type CallOutcome = "done" | Outcome;

/** One call of a client. */
export interface Call {
  readonly title: string;
  /** Effects on the tree if the call succeeds. */
  readonly effects: readonly Effect[];
  settlements: number;
  outcome: CallOutcome | undefined;
  result: unknown;
  /** Session in which the reply arrived. */
  sessionId: bigint;
  /** Abort reason of the signal, if it aborted before the call settled. */
  abortedBecause: Error | undefined;
  /** True if the signal aborted before the request can have been sent. */
  isUnsent: boolean;
}

/** Parameters of a call. */
export interface CallPlan<T> {
  readonly title: string;
  readonly effects?: readonly Effect[];
  /** Makes the call. */
  readonly start: (signal: AbortSignal | undefined) => Promise<T>;
  /** Called with the result, in the order of the replies. */
  readonly onDone?: (value: T) => void;
  readonly sessionId: () => bigint;
}

/** All calls of a round, and the violations found. */
export class CallLog {
  readonly calls: Call[] = [];
  /** Time for which a contradiction must last to count, in milliseconds. */
  readonly lastsMs: number;
  readonly #violations = new Set<string>();

  constructor(lastsMs: number) {
    this.lastsMs = lastsMs;
  }

  /** Records a violation; equal ones count once. */
  addViolation(text: string): void {
    this.#violations.add(text);
  }

  get violations(): readonly string[] {
    return [...this.#violations];
  }

  /** Makes a call and records its outcome. */
  make<T>(plan: CallPlan<T>, signal?: AbortSignal): Call {
    const { title, effects = [] } = plan;
    const call: Call = {
      ...{ title, effects, settlements: 0, outcome: undefined, result: undefined, sessionId: 0n },
      ...{ abortedBecause: undefined, isUnsent: false },
    };
    this.calls.push(call);
    try {
      plan.start(signal).then(
        (value) => this.#done(call, plan, value),
        (error: unknown) => this.#failed(call, error),
      );
    } catch (error) {
      this.addViolation(`${title} threw instead of rejecting: ${String(error)}`);
    }
    return call;
  }

  /** Calls that have not settled. */
  get open(): readonly Call[] {
    return this.calls.filter(({ settlements }) => settlements === 0);
  }

  #done<T>(call: Call, { onDone, sessionId }: CallPlan<T>, value: T): void {
    this.#settle(call, "done");
    call.result = value;
    call.sessionId = sessionId();
    if (call.abortedBecause !== undefined) this.addViolation(`${call.title} succeeded after its signal had aborted`);
    onDone?.(value);
  }

  #failed(call: Call, error: unknown): void {
    if (!isZkError(error)) {
      this.#settle(call, "unknown");
      this.addViolation(`${call.title} rejected with ${String(error)}, which is not a ZkError`);
      return;
    }
    this.#settle(call, error.outcome);
    call.result = error;
    const { abortedBecause, title, effects } = call;
    if (abortedBecause !== undefined && !(error.code === "ABORTED" && error.cause === abortedBecause)) {
      this.addViolation(`${title}: its signal aborted, and it rejected with ${error.code} instead of ABORTED`);
    } else if (abortedBecause === undefined && error.code === "ABORTED") {
      this.addViolation(`${title} rejected with ABORTED, but its signal had not aborted`);
    }
    if (call.isUnsent && error.outcome !== "not-applied") {
      this.addViolation(`${title} was aborted before it could be sent, and its outcome is ${error.outcome}`);
    }
    if (effects.length === 0 && error.outcome === "unknown") {
      this.addViolation(`${title} changes nothing, and its outcome is unknown (${error.code})`);
    }
  }

  #settle(call: Call, outcome: CallOutcome): void {
    if (++call.settlements > 1) this.addViolation(`${call.title} settled twice: ${call.outcome}, then ${outcome}`);
    call.outcome = outcome;
  }
}
