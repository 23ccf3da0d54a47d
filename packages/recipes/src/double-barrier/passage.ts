import type { StateChange, ZooKeeper } from "@conclave/client";
import { checkedSignal } from "../grant/checked-signal.js";
import { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
import type { WaitOptions } from "../grant/wait-options.js";

/** Participation in one round of a double barrier, from `enter` to `leave`. */
export interface Passage extends AsyncDisposable {
  /** Number of the round: larger for each later round, as long as the barrier's znode exists. */
  readonly round: number;
  /** Index of this participant within the round, from 0, in the order of arrival. */
  readonly position: number;
  /**
   * Aborts when this participant counts as having left: on `leave`, and when the session ends. The reason is a
   * `GrantLostError`. A lost connection alone does not abort it.
   */
  readonly signal: AbortSignal;
  /**
   * Leaves the barrier, and waits until all others of this round have left or their sessions have ended. Rejects with
   * `ABORTED` when `signal` aborts, with an `AcquireTimeoutError` after `timeoutMs`, and with `CLOSED` when the client is
   * closed. The participant has left in these cases too; call `leave` again to wait again.
   */
  leave(options?: WaitOptions): Promise<void>;
  /** Leaves without waiting for the others. Never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Construction parameters of a {@link Passage}. */
export interface PassageParameters extends Pick<Passage, "round" | "position"> {
  readonly zk: ZooKeeper;
  readonly label: string;
  readonly leave: (options: WaitOptions) => Promise<void>;
  /** Deletes the znode of this participant; retries until it is deleted. */
  readonly withdraw: () => Promise<void>;
}

/** The implementation of {@link Passage}. */
export class OwnPassage implements Passage {
  readonly round: number;
  readonly position: number;
  readonly #parameters: PassageParameters;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();

  constructor(parameters: PassageParameters) {
    this.round = parameters.round;
    this.position = parameters.position;
    this.#parameters = parameters;
    parameters.zk.on("state", this.#onState);
    this.signal = checkedSignal(this.#controller, () => {
      if (parameters.zk.state === "expired") this.#expire();
    });
  }

  async leave(options: WaitOptions = {}): Promise<void> {
    this.#end("RELEASED", "ended: this participant left");
    try {
      await this.#parameters.leave(options);
    } catch (error) {
      await this.#parameters.withdraw();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end("RELEASED", "ended: this participant left");
    await this.#parameters.withdraw();
  }

  readonly #onState = ({ state }: StateChange): void => {
    if (state === "expired") this.#expire();
    if (state === "closed") this.#end("CLOSED", "ended: the client was closed");
  };

  #expire(): void {
    this.#end("EXPIRED", "ended: the session expired");
  }

  #end(code: GrantLostCode, message: string): void {
    this.#parameters.zk.off("state", this.#onState);
    if (!this.signal.aborted) {
      this.#controller.abort(new GrantLostError(code, `the passage of ${this.#parameters.label} ${message}`));
    }
  }
}
