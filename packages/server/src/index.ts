export { type Ensemble, type StartEnsembleOptions, startEnsemble } from "./ensemble.js";
export type { AdminOptions, MetricsOptions } from "./options/admin-options.js";
export { readApacheQuorumTls, readApacheTls } from "./options/apache-tls-properties.js";
export type { EnsembleOptions } from "./options/ensemble-options.js";
export { type ConfigurableOption, configurableOptions } from "./options/option-list.js";
export type { QuorumTlsOptions } from "./options/quorum-tls-options.js";
export type { ServerOptions } from "./options/server-options.js";
export type { ConnectionThrottleOptions, RequestThrottleOptions } from "./options/throttle-options.js";
export type { ServerTlsOptions } from "./options/tls-options.js";
export { startServer, type ZooKeeperServer } from "./server.js";
export {
  inspectLog,
  inspectSnapshot,
  type LogFinding,
  type SnapshotFinding,
  transactionName,
} from "./storage/inspect.js";
export { StorageError } from "./storage/storage-error.js";
export { ConfigurationError } from "./zab/configuration/configuration-error.js";
export { EnsembleConfiguration } from "./zab/configuration/ensemble-configuration.js";
export { type Member, parseMember } from "./zab/configuration/member.js";
