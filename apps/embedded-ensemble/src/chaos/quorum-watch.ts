import { setTimeout as wait } from "node:timers/promises";
import type { Replicas } from "./replicas.js";

const POLL_MS = 50;

/** Watches after a fault when the other replicas follow a leader. */
export class QuorumWatch {
  readonly #replicas: Replicas;
  readonly #others: readonly number[];
  readonly #ended = new AbortController();
  readonly #watching: Promise<void>;
  #ledAt: number;

  constructor(replicas: Replicas, hit: number) {
    this.#replicas = replicas;
    this.#others = replicas.ids.filter((id) => id !== hit);
    this.#ledAt = Date.now();
    this.#watching = this.#watch();
  }

  /** Returns the time of the last question for which one of the others had no leader; of the begin if there was none. */
  async end(): Promise<number> {
    this.#ended.abort();
    await this.#watching;
    return this.#ledAt;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const areReady = await Promise.all(this.#others.map((id) => this.#replicas.isReady(id)));
      if (areReady.includes(false)) this.#ledAt = Date.now();
      await wait(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }
}
