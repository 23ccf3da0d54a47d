export {
  type EnsembleReplica,
  type JoinEnsembleOptions,
  joinEnsemble,
  type ReplicaPorts,
} from "./embedded/join-ensemble.js";
export { type DnsPeersOptions, dnsPeers, idFromHostname, type PeerAddress, type PeerSource } from "./embedded/peers.js";
export { type RecoverEnsembleOptions, type RecoveredEnsemble, recoverEnsemble } from "./embedded/recover-ensemble.js";
export type { ReplicaState, ServerMode } from "./embedded/replica-state.js";
export { type Ensemble, type StartEnsembleOptions, startEnsemble } from "./ensemble.js";
export type { AdminOptions, MetricsOptions } from "./options/admin-options.js";
export { readApacheQuorumTls, readApacheTls } from "./options/apache-tls-properties.js";
export type { EnsembleOptions, LocatedServer } from "./options/ensemble-options.js";
export { type ConfigurableOption, configurableOptions } from "./options/option-list.js";
export type { QuorumTlsOptions } from "./options/quorum-tls-options.js";
export type { ServerOptions } from "./options/server-options.js";
export type { ConnectionThrottleOptions, RequestThrottleOptions } from "./options/throttle-options.js";
export type { ServerTlsOptions } from "./options/tls-options.js";
export { ReconfigurationError } from "./roles/reconfigure.js";
export { startServer } from "./server.js";
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
export type { MemberSummary, ZooKeeperServer } from "./zookeeper-server.js";
