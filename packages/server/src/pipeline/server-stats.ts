import { Summary } from "./summary.js";

/** Totals over all connections since the server started, or since {@link ServerStats.reset}. */
export class ServerStats {
  /** Frames handled and sent. */
  received = 0;
  sent = 0;
  /** Bytes from and to clients; not set back by {@link ServerStats.reset}, nor is anything below but the latency of all. */
  receivedBytes = 0;
  sentBytes = 0;
  /** Connections refused for one of the limits, closed, and closed because they made no session. */
  connectionsRejected = 0;
  connectionsDropped = 0;
  sessionlessExpired = 0;
  /** Handshakes, those of them that took up a session again, and sessions expired. */
  handshakes = 0;
  revalidations = 0;
  sessionsExpired = 0;
  failedTlsHandshakes = 0;
  /** Requests that had to wait because too many were in process, and those of them that were refused for it. */
  throttleWaits = 0;
  throttled = 0;
  /** Credentials that proved nothing. */
  authFailures = 0;
  /** From the arrival of a request to its answer, in milliseconds: of all, of reads, and of writes. */
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

  /** Resets the values that `srst` resets: packets and the latency of requests. */
  reset(): void {
    this.received = 0;
    this.sent = 0;
    this.latency.reset();
  }
}
