import { int64 } from "@conclave/protocol";

/**
 * The last transaction that this session has seen, in halves, so that a reply costs no bigint.
 *
 * Only replies count, never events: all events of a transaction come before any reply that shows it, but a connection
 * may break between two events of one transaction, and the second would be lost if the first had counted.
 */
export class LastZxid {
  #high = 0;
  #low = 0;

  /** Notes the zxid of a reply. Servers send 0 or -1 where they have none to tell. */
  note(high: number, low: number): void {
    if (high < 0 || high < this.#high) return;
    if (high === this.#high && low >>> 0 <= this.#low >>> 0) return;
    this.#high = high;
    this.#low = low;
  }

  get value(): bigint {
    return int64(this.#high, this.#low);
  }

  /** For a new session. */
  reset(): void {
    this.#high = 0;
    this.#low = 0;
  }
}
