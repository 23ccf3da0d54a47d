import { Summary } from "./summary.js";

/** Totals over all connections since the server started, or since {@link Traffic.reset}. */
export class Traffic {
  /** Frames handled and sent. */
  received = 0;
  sent = 0;
  /** From the arrival of a request to its answer, in milliseconds: of all, of the reads, of the writes. */
  readonly latency = new Summary();
  readonly readLatency = new Summary();
  readonly writeLatency = new Summary();

  answeredRead(latencyMs: number): void {
    this.latency.observe(latencyMs);
    this.readLatency.observe(latencyMs);
  }

  answeredWrite(latencyMs: number): void {
    this.latency.observe(latencyMs);
    this.writeLatency.observe(latencyMs);
  }

  /** Forgets what `srst` resets: packets and the latency of requests. */
  reset(): void {
    this.received = 0;
    this.sent = 0;
    this.latency.reset();
  }
}
