/** Before the first request. */
const NO_OPERATION = 0;

/**
 * Last request and latencies (in milliseconds) of a connection, for `cons` and the AdminServer's `connections`.
 */
export class RequestStatistics {
  /** Type of the last request; 0 before the first. */
  lastOperation = NO_OPERATION;
  /** The last xid that was not one of the special, negative ones; -1 before the first. */
  lastCxid = -1;
  lastZxid = 0n;
  /** When the last answer was given, on the server's monotonic clock. */
  lastResponseAt = 0;
  lastLatencyMs = 0;
  minLatencyMs = 0;
  maxLatencyMs = 0;
  #totalMs = 0;
  #answers = 0;

  answered(operation: number, cxid: number, zxid: bigint, now: number, latencyMs: number): void {
    this.lastOperation = operation;
    if (cxid >= 0) this.lastCxid = cxid;
    this.lastZxid = zxid;
    this.lastResponseAt = now;
    this.lastLatencyMs = latencyMs;
    if (this.#answers === 0 || latencyMs < this.minLatencyMs) this.minLatencyMs = latencyMs;
    if (latencyMs > this.maxLatencyMs) this.maxLatencyMs = latencyMs;
    this.#totalMs += latencyMs;
    this.#answers++;
  }

  get averageLatencyMs(): number {
    return this.#answers === 0 ? 0 : this.#totalMs / this.#answers;
  }

  /** Resets everything to the state of a new connection. */
  reset(): void {
    this.lastOperation = NO_OPERATION;
    this.lastCxid = -1;
    this.lastZxid = 0n;
    this.lastResponseAt = 0;
    this.lastLatencyMs = 0;
    this.minLatencyMs = 0;
    this.maxLatencyMs = 0;
    this.#totalMs = 0;
    this.#answers = 0;
  }
}
