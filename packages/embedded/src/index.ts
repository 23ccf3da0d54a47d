export {
  type DnsPeersOptions,
  dnsPeers,
  type EnsembleReplica,
  idFromHostname,
  type JoinEnsembleOptions,
  joinEnsemble,
  type PeerAddress,
  type PeerSource,
  type RecoverEnsembleOptions,
  type RecoveredEnsemble,
  type ReplicaPorts,
  recoverEnsemble,
} from "@conclave/server";
export { EmbeddedEnsemble, embeddedEnsemble } from "./embedded-ensemble.js";
