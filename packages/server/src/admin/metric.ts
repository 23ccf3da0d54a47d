import type { Summary } from "../pipeline/summary.js";
import { fileDescriptors } from "./file-descriptors.js";
import type { ServerStatus } from "./server-status.js";

/** One figure of the server, under the name that Apache gives it (org.apache.zookeeper.server.ServerMetrics). */
export type Metric = {
  readonly name: string;
  readonly help: string;
} & (
  | { readonly kind: "gauge" | "counter"; readonly value: number }
  | { readonly kind: "summary"; readonly summary: Summary; readonly quantiles: boolean }
);

function gauge(name: string, value: number, help: string): Metric {
  return { kind: "gauge", name, value, help };
}

function counter(name: string, value: number, help: string): Metric {
  return { kind: "counter", name, value, help };
}

function summary(name: string, value: Summary, help: string, quantiles = false): Metric {
  return { kind: "summary", name, summary: value, help, quantiles };
}

/** Every figure of this moment. `mntr`, the AdminServer's `monitor` and Prometheus show the same. */
export function metricsOf(status: ServerStatus): readonly Metric[] {
  const { stats } = status;
  const files = fileDescriptors();
  return [
    gauge("avg_latency", stats.latency.average, "Average latency of a request in milliseconds"),
    gauge("max_latency", stats.latency.max, "Longest latency of a request in milliseconds"),
    gauge("min_latency", stats.latency.min, "Shortest latency of a request in milliseconds"),
    gauge("packets_received", stats.received, "Frames received from clients"),
    gauge("packets_sent", stats.sent, "Frames sent to clients"),
    gauge("num_alive_connections", status.connectionCount, "Connections of clients"),
    gauge("outstanding_requests", status.outstanding, "Writes that are not answered yet"),
    gauge("uptime", Math.round(status.uptimeMs), "Milliseconds since the start"),
    gauge("znode_count", status.nodeCount, "Znodes"),
    gauge("watch_count", status.watchCount, "Watches"),
    gauge("ephemerals_count", status.ephemeralCount, "Ephemeral znodes"),
    gauge("approximate_data_size", status.approximateDataBytes, "Bytes of paths and data"),
    ...(files === undefined
      ? []
      : [
          gauge("open_file_descriptor_count", files.open, "Files and sockets that are open"),
          gauge("max_file_descriptor_count", files.max, "Files and sockets that may be open"),
        ]),
    gauge("global_sessions", status.sessionCount, "Sessions"),
    gauge("local_sessions", 0, "Sessions that only this server knows"),
    gauge("auth_failed_count", stats.authFailures, "Credentials that proved nothing"),
    gauge("connection_drop_probability", status.dropProbability, "Chance of a connection to be refused"),
    counter("connection_request_count", stats.handshakes, "Handshakes"),
    counter("connection_revalidate_count", stats.revalidations, "Handshakes that resume a session"),
    counter("connection_rejected", stats.connectionsRejected, "Connections refused because of a limit"),
    counter("connection_drop_count", stats.connectionsDropped, "Connections closed"),
    counter("sessionless_connections_expired", stats.sessionlessExpired, "Connections closed without a session"),
    counter("stale_sessions_expired", stats.sessionsExpired, "Sessions that expired"),
    counter("unsuccessful_handshake", stats.failedTlsHandshakes, "TLS handshakes that failed"),
    counter("bytes_received_count", stats.receivedBytes, "Bytes from clients"),
    counter("response_bytes", stats.sentBytes, "Bytes to clients"),
    counter("large_requests_rejected", status.largeRequestsRejected, "Large requests refused"),
    counter("request_throttle_wait_count", stats.throttleWaits, "Requests that had to wait for others"),
    counter("throttled_ops", stats.throttled, "Requests refused because they had to wait for too long"),
    counter("quota_exceeded_error_count", status.quotaRefusals, "Writes refused by a quota"),
    counter("digest_mismatches_count", status.digestMismatches, "Digests on record that were not the tree's"),
    summary("fsynctime", status.times.fsync, "Time to write the log to disk in milliseconds"),
    summary("snapshottime", status.times.snapshot, "Time to write a snapshot in milliseconds"),
    summary("readlatency", stats.readLatency, "Latency of reads in milliseconds", true),
    summary("updatelatency", stats.writeLatency, "Latency of writes in milliseconds", true),
  ];
}
