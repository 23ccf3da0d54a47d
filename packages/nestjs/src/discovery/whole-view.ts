import type { GroupView } from "@conclave/recipes";
import { type Clock, systemClock, type Timer } from "@conclave/runtime";
import type { ConclaveService } from "../connection/conclave-service.js";

/**
 * Decides when the view of a group can be shown to the app. After an outage the view is read again, znode by znode, and the
 * app itself joins again in its next session: in between, the view lacks members that are there.
 */
export class WholeView implements Disposable {
  readonly #view: GroupView<unknown>;
  readonly #group: string;
  readonly #conclave: ConclaveService;
  readonly #onWhole: () => void;
  readonly #clock: Clock;
  readonly #offIds: () => void;
  #timer: Timer | undefined;
  #isOverdue = false;

  /** Calls `onWhole` when the view may have become whole without an event of its own. */
  constructor(
    view: GroupView<unknown>,
    group: string,
    conclave: ConclaveService,
    onWhole: () => void,
    clock: Clock = systemClock,
  ) {
    this.#view = view;
    this.#group = group;
    this.#conclave = conclave;
    this.#onWhole = onWhole;
    this.#clock = clock;
    this.#offIds = conclave.ownIds.on(onWhole);
  }

  /**
   * Returns true if the view is up to date and holds the app itself, as far as it joins. It waits for the app for one
   * session timeout at most: then another session keeps the id.
   */
  isWhole(): boolean {
    if (!this.#view.isFresh) return false;
    if (this.#holdsTheApp()) {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#isOverdue = false;
      return true;
    }
    this.#timer ??= this.#clock.setTimer(this.#conclave.client.sessionTimeoutMs, () => {
      this.#isOverdue = true;
      this.#onWhole();
    });
    return this.#isOverdue;
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#offIds();
  }

  #holdsTheApp(): boolean {
    const { sessionId } = this.#conclave.client;
    return [...this.#conclave.ownIds.of(this.#group)].every((id) => this.#view.get(id)?.sessionId === sessionId);
  }
}
