import { int64 } from "@conclave/protocol";

/**
 * Last transaction that this session has seen. It is kept in two halves, so that noting a reply creates no bigint.
 *
 * Replies count and events do not: all events of a transaction arrive before any reply that shows it, but a connection
 * may break between two events of one transaction. If the first event counted, the second would be lost.
 */
export class LastZxid {
  #high = 0;
  #low = 0;

  /** Notes the zxid of a reply. Servers send 0 or -1 if they have none. */
  note(high: number, low: number): void {
    if (high < this.#high) return;
    if (high === this.#high && low >>> 0 <= this.#low >>> 0) return;
    this.#high = high;
    this.#low = low;
  }

  get value(): bigint {
    return int64(this.#high, this.#low);
  }

  /** Forgets the zxid, for a new session. */
  reset(): void {
    this.#high = 0;
    this.#low = 0;
  }
}
