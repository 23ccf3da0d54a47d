import type { SessionState, StateChange, Transaction, ZooKeeper } from "@conclave/client";
import type { Grant } from "../grant.js";
import { type GrantFacts, HeldGrant } from "../held-grant.js";
import type { OnSuspended } from "../recipe-options.js";

/**
 * An item that we hold: nobody else gets it until {@link signal} aborts. It is to be given back, by `ack` when it is done and
 * by `release` when it is not; where we die, others get it.
 */
export interface QueueItem<T> extends Grant {
  readonly value: T;
  /** How often it was taken, this time among them: 1 for the first. */
  readonly deliveries: number;
  /** The name of its znode. */
  readonly name: string;
  /**
   * Says that it is done: takes it out of the queue, where nobody else got it since. Rejects with a `GrantLostError` where we
   * do not hold it any more; it was, or will be, delivered again then.
   */
  ack(): Promise<void>;
  /** Puts it back: whoever asks next gets it, in its old place. Nothing after `ack`. Never rejects. */
  release(): Promise<void>;
}

/** What stands behind a {@link QueueItem}. */
export interface ItemFacts<T> extends GrantFacts, Pick<QueueItem<T>, "value" | "deliveries" | "name"> {
  readonly zk: ZooKeeper;
  /** The session that holds it. */
  readonly sessionId: bigint;
  readonly onSuspended: OnSuspended;
  /** The path of the item, whose version tells how often it was taken. */
  readonly itemPath: string;
  /** Deletes item and lock; `isHeld` says whether that may be tried still. Resolves with whether they were ours. */
  readonly finish: (isHeld: () => void) => Promise<boolean>;
}

/** A {@link QueueItem} as its queue sees it. */
export class HeldItem<T> extends HeldGrant implements QueueItem<T> {
  readonly value: T;
  readonly deliveries: number;
  readonly name: string;
  readonly #facts: ItemFacts<T>;
  #isGivenBack = false;

  constructor(facts: ItemFacts<T>) {
    super(facts);
    this.#facts = facts;
    this.value = facts.value;
    this.deliveries = facts.deliveries;
    this.name = facts.name;
    facts.zk.on("state", this.#onState);
    this.signal.addEventListener("abort", () => facts.zk.off("state", this.#onState), { once: true });
    // What happened while the answer was on its way to us.
    this.#meet(facts.zk.sessionId === facts.sessionId ? facts.zk.state : "expired");
  }

  async ack(): Promise<void> {
    const wasOurs = await this.#facts.finish(() => this.signal.throwIfAborted());
    if (wasOurs) {
      this.#isGivenBack = true;
      this.end("RELEASED");
      return;
    }
    this.end("GONE");
    await this.release();
    throw this.signal.reason;
  }

  override guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    // The lock's name is the item's, so another's may be here: then the item was taken once more.
    return super.guard(transaction).check(this.#facts.itemPath, this.deliveries);
  }

  override async release(): Promise<void> {
    this.end("RELEASED");
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    await this.#facts.giveBack();
  }

  readonly #onState = ({ state }: StateChange): void => this.#meet(state);

  #meet(state: SessionState): void {
    if (state === "expired") this.end("EXPIRED");
    else if (state === "closed") this.end("CLOSED");
    else if (state === "suspended" && this.#facts.onSuspended === "revoke") {
      this.end("SUSPENDED");
      void this.release();
    }
  }
}
