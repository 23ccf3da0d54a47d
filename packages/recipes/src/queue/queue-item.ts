import type { SessionState, StateChange, Transaction, ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";
import type { Grant } from "../grant/grant.js";
import { type GrantParameters, HeldGrant } from "../grant/held-grant.js";
import type { OnSuspended } from "../options/recipe-options.js";

/**
 * An item that this consumer holds exclusively until {@link signal} aborts. Call `ack` when it is processed, `release`
 * otherwise; if the process dies, the item is delivered to another consumer.
 */
export interface QueueItem<T> extends Grant {
  readonly value: T;
  /** Number of deliveries including this one: 1 for the first. */
  readonly deliveries: number;
  /** Name of its znode. */
  readonly name: string;
  /**
   * Acknowledges the item: removes it from the queue if it was not delivered to another consumer since. Continues across a lost
   * connection. Rejects with a `GrantLostError` if the item is no longer held: it was, or will be, delivered again.
   * Rejects with the outcome `unknown` if the session ended while the reply was pending and the item is no longer in the
   * queue.
   */
  ack(): Promise<void>;
  /** Returns the item to its place in the queue, for the next consumer. No effect after `ack`. Never rejects. */
  release(): Promise<void>;
}

/** Construction parameters of a {@link QueueItem}. */
export interface ItemParameters<T> extends GrantParameters, Pick<QueueItem<T>, "value" | "deliveries" | "name"> {
  readonly zk: ZooKeeper;
  /** Session that owns the lock of the item. */
  readonly sessionId: bigint;
  readonly onSuspended: OnSuspended;
  /** Path of the item; its version is the number of deliveries. */
  readonly itemPath: string;
  /**
   * Deletes item and lock; resolves with false if another consumer holds the item. `assertSession` throws if the session has
   * ended.
   */
  readonly finish: (assertSession: () => void) => Promise<boolean>;
}

/** The implementation of {@link QueueItem}. */
export class HeldItem<T> extends HeldGrant implements QueueItem<T> {
  readonly value: T;
  readonly deliveries: number;
  readonly name: string;
  readonly #parameters: ItemParameters<T>;
  #isReleased = false;
  /**
   * While true, the lock is kept until the outcome of the acknowledgement is known, so that no other consumer repeats the
   * work.
   */
  #isAcknowledging = false;

  constructor(parameters: ItemParameters<T>) {
    super(parameters);
    this.#parameters = parameters;
    this.value = parameters.value;
    this.deliveries = parameters.deliveries;
    this.name = parameters.name;
    parameters.zk.on("state", this.#onState);
    onAbort(this.signal, () => parameters.zk.off("state", this.#onState));
    // Handle state changes between the reply to the request and this call.
    this.#onSessionState(parameters.zk.sessionId === parameters.sessionId ? parameters.zk.state : "expired");
  }

  async ack(): Promise<void> {
    this.signal.throwIfAborted();
    this.#isAcknowledging = true;
    let wasHeld: boolean;
    try {
      wasHeld = await this.#parameters.finish(() => this.#assertSession());
    } catch (error) {
      this.#isAcknowledging = false;
      if (this.signal.aborted) await this.release();
      throw error;
    }
    if (wasHeld) {
      this.#isReleased = true;
      this.end("RELEASED");
      return;
    }
    this.end("GONE");
    await this.release();
    throw this.signal.reason;
  }

  override guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    // The lock of a later consumer has the same path, but the version of the item is then larger.
    return super.guard(transaction).check(this.#parameters.itemPath, this.deliveries);
  }

  override async release(): Promise<void> {
    this.end("RELEASED");
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#parameters.deleteZnode();
  }

  readonly #onState = ({ state }: StateChange): void => this.#onSessionState(state);

  #onSessionState(state: SessionState): void {
    if (state === "expired") this.end("EXPIRED");
    else if (state === "closed") this.end("CLOSED");
    else if (state === "suspended" && this.#parameters.onSuspended === "revoke") {
      this.end("SUSPENDED");
      if (!this.#isAcknowledging) void this.release();
    }
  }

  #assertSession(): void {
    const { zk, sessionId } = this.#parameters;
    if (zk.sessionId !== sessionId || zk.state === "closed") this.signal.throwIfAborted();
  }
}
