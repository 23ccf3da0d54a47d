import { ProtocolError } from "@conclave/protocol";

export interface LargeRequestLimits {
  /** A request of more bytes is a large one; -1: none is. */
  readonly threshold: number;
  /** Maximum total size in bytes of all large requests, each counted from its first byte to its answer. */
  readonly maxBytes: number;
}

/** Keeps the large requests that are on their way within a limit, for together they could fill the memory. */
export class LargeRequests {
  readonly #limits: LargeRequestLimits;
  #bytes = 0;
  /** Number of refused requests. */
  rejected = 0;

  constructor(limits: LargeRequestLimits) {
    this.#limits = limits;
  }

  /**
   * Notes that a request has grown from `before` to `now` bytes, 0 where it begins or is done. Throws
   * {@link ProtocolError}, and notes nothing, where that is too much.
   */
  change(before: number, now: number): void {
    const { threshold, maxBytes } = this.#limits;
    if (threshold === -1 || before === now) return;
    const growth = (now > threshold ? now : 0) - (before > threshold ? before : 0);
    if (growth > 0 && this.#bytes + growth > maxBytes) {
      this.rejected++;
      throw new ProtocolError(
        "oversized",
        `large requests of ${this.#bytes + growth} bytes, where ${maxBytes} are allowed`,
      );
    }
    this.#bytes += growth;
  }
}
