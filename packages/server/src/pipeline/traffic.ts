export interface LatencySummary {
  readonly minMs: number;
  readonly averageMs: number;
  readonly maxMs: number;
}

/** Totals over all connections since the server started. */
export class Traffic {
  /** Frames handled and sent. */
  received = 0;
  sent = 0;
  #requests = 0;
  #totalMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  /** Notes how long a request took from its arrival to its answer. */
  answered(latencyMs: number): void {
    this.#requests++;
    this.#totalMs += latencyMs;
    if (latencyMs < this.#minMs) this.#minMs = latencyMs;
    if (latencyMs > this.#maxMs) this.#maxMs = latencyMs;
  }

  latency(): LatencySummary {
    if (this.#requests === 0) return { minMs: 0, averageMs: 0, maxMs: 0 };
    return {
      minMs: Math.floor(this.#minMs),
      averageMs: this.#totalMs / this.#requests,
      maxMs: Math.floor(this.#maxMs),
    };
  }
}
