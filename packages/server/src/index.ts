export type { AdminOptions, MetricsOptions } from "./admin/admin-options.js";
export { type Ensemble, type EnsembleOptions, startEnsemble } from "./ensemble.js";
export { startServer, type ZooKeeperServer } from "./server.js";
export type { ServerOptions } from "./server-options.js";
export type { ConnectionThrottleOptions } from "./sessions/connection-throttle.js";
export {
  inspectLog,
  inspectSnapshot,
  type LogFinding,
  type SnapshotFinding,
  transactionName,
} from "./storage/inspect.js";
export { StorageError } from "./storage/storage-error.js";
export { readApacheTls } from "./transport/apache-tls-properties.js";
export type { RequestThrottleOptions } from "./transport/request-throttle.js";
export type { ServerTlsOptions } from "./transport/tls-options.js";
