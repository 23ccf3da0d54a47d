import { fileDescriptors } from "./file-descriptors.js";
import { memberMetrics } from "./member-metrics.js";
import { counter, gauge, type Metric, summary } from "./metric.js";
import type { ServerStatus } from "./server-status.js";

/** Returns the current metrics, for `mntr`, the AdminServer's `monitor` and Prometheus. */
export function metricsOf(status: ServerStatus): readonly Metric[] {
  const { stats } = status;
  const files = fileDescriptors();
  return [
    gauge("avg_latency", stats.latency.average, "Average latency of a request in milliseconds"),
    gauge("max_latency", stats.latency.max, "Longest latency of a request in milliseconds"),
    gauge("min_latency", stats.latency.min, "Shortest latency of a request in milliseconds"),
    gauge("packets_received", stats.received, "Frames received from clients"),
    gauge("packets_sent", stats.sent, "Frames sent to clients"),
    gauge("num_alive_connections", status.connectionCount, "Client connections"),
    gauge("outstanding_requests", status.outstanding, "Writes without an answer yet"),
    gauge("uptime", Math.round(status.uptimeMs), "Milliseconds since the start"),
    gauge("znode_count", status.nodeCount, "Znodes"),
    gauge("watch_count", status.watchCount, "Watches"),
    gauge("ephemerals_count", status.ephemeralCount, "Ephemeral znodes"),
    gauge("approximate_data_size", status.approximateDataBytes, "Bytes of paths and data"),
    ...(files === undefined
      ? []
      : [
          gauge("open_file_descriptor_count", files.open, "Open files and sockets"),
          gauge("max_file_descriptor_count", files.max, "Limit of open files and sockets"),
        ]),
    gauge("global_sessions", status.sessionCount, "Sessions"),
    gauge("local_sessions", status.localSessionCount, "Sessions that only this server knows"),
    gauge("auth_failed_count", stats.authFailures, "Failed authentications"),
    gauge("connection_drop_probability", status.dropProbability, "Probability that a new connection is refused"),
    counter("connection_request_count", stats.handshakes, "Handshakes"),
    counter("connection_revalidate_count", stats.revalidations, "Handshakes that resume a session"),
    counter("connection_rejected", stats.connectionsRejected, "Connections refused because of a limit"),
    counter("connection_drop_count", stats.connectionsDropped, "Connections closed"),
    counter("sessionless_connections_expired", stats.sessionlessExpired, "Connections closed without a session"),
    counter("stale_sessions_expired", stats.sessionsExpired, "Expired sessions"),
    counter("unsuccessful_handshake", stats.failedTlsHandshakes, "Failed TLS handshakes"),
    counter("bytes_received_count", stats.receivedBytes, "Bytes from clients"),
    counter("response_bytes", stats.sentBytes, "Bytes to clients"),
    counter("large_requests_rejected", status.largeRequestsRejected, "Refused large requests"),
    counter("request_throttle_wait_count", stats.throttleWaits, "Requests delayed by the request throttle"),
    counter("throttled_ops", stats.throttled, "Requests refused because they waited too long"),
    counter("quota_exceeded_error_count", status.quotaRefusals, "Writes refused by a quota"),
    counter("digest_mismatches_count", status.digestMismatches, "Digests on record that differ from the tree's"),
    summary("fsynctime", status.times.fsync, "Time to write the log to disk in milliseconds"),
    summary("snapshottime", status.times.snapshot, "Time to write a snapshot in milliseconds"),
    summary("readlatency", stats.readLatency, "Latency of reads in milliseconds", true),
    summary("updatelatency", stats.writeLatency, "Latency of writes in milliseconds", true),
    ...(status.member === undefined ? [] : memberMetrics(status.member)),
  ];
}
