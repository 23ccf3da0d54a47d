import type { GroupView } from "@conclave/recipes";
import { type Clock, systemClock, type Timer } from "@conclave/runtime";
import type { ConclaveService } from "../connection/conclave-service.js";

/**
 * Decides when the view of a group is complete, so that the app may see it. After an outage the view is read again, znode by
 * znode, and the app itself joins again in its next session: until then, the view lacks present members.
 */
export class CompleteView implements Disposable {
  readonly #view: GroupView<unknown>;
  readonly #group: string;
  readonly #conclave: ConclaveService;
  readonly #onComplete: () => void;
  readonly #clock: Clock;
  readonly #removeListener: () => void;
  #timer: Timer | undefined;
  #hasTimedOut = false;

  /** Calls `onComplete` when the view may have become complete without an event of its own. */
  constructor(
    view: GroupView<unknown>,
    group: string,
    conclave: ConclaveService,
    onComplete: () => void,
    clock: Clock = systemClock,
  ) {
    this.#view = view;
    this.#group = group;
    this.#conclave = conclave;
    this.#onComplete = onComplete;
    this.#clock = clock;
    this.#removeListener = conclave.ownIds.on(onComplete);
  }

  /**
   * Returns true if the view is up to date and contains the app itself, if the app joins the group. After one session timeout
   * without the app it returns true as well: another session then keeps the app's id.
   */
  isComplete(): boolean {
    if (!this.#view.isFresh) return false;
    if (this.#containsTheApp()) {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#hasTimedOut = false;
      return true;
    }
    this.#timer ??= this.#clock.setTimer(this.#conclave.client.sessionTimeoutMs, () => {
      this.#hasTimedOut = true;
      this.#onComplete();
    });
    return this.#hasTimedOut;
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#removeListener();
  }

  #containsTheApp(): boolean {
    const { sessionId } = this.#conclave.client;
    return [...this.#conclave.ownIds.of(this.#group)].every((id) => this.#view.get(id)?.sessionId === sessionId);
  }
}
