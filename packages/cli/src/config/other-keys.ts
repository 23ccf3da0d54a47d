/*
 * The keys of Apache ZooKeeper's administrator's guide (3.9) that this version does not act on, by what follows from
 * that. Those that it acts on are in server-config.ts.
 */

/** What a server of its own does not need: silently left out, for every sample configuration has some of them. */
const OF_ENSEMBLES = `
  initLimit syncLimit leaderServes electionAlg cnxTimeout peerType connectToLearnerMasterLimit observerMasterPort
  quorumListenOnAllIPs electionPortBindRetry syncEnabled standaloneEnabled localSessionsEnabled
  localSessionsUpgradingEnabled commitLogCount maxConcurrentSnapSyncs maxConcurrentDiffSyncs
  fastleader.maxNotificationInterval fastleader.minNotificationInterval quorumCnxnTimeoutMs quorum.cnxn.threads.size
  learner.asyncSending learner.closeSocketAsync leader.closeSocketAsync observer.reconnectDelayMs
  observer.election.DelayMs maxTimeToWaitForEpoch multiAddress.enabled multiAddress.reachabilityCheckTimeoutMs
  multiAddress.reachabilityCheckEnabled sslQuorum sslQuorumReloadCertFiles oraclePath
  forward_learner_requests_to_commit_processor_disabled snapshotSizeFactor
  quorum.auth.enableSasl quorum.auth.learnerRequireSasl quorum.auth.serverRequireSasl quorum.auth.learner.saslLoginContext
  quorum.auth.server.saslLoginContext quorum.auth.kerberos.servicePrincipal
`;

/** Settings of the Java virtual machine, and of Apache's threads and buffers: nothing here corresponds to them. */
const OF_JAVA = `
  serverCnxnFactory jvm.pause.monitor jvm.pause.info-threshold.ms jvm.pause.warn-threshold.ms jvm.pause.sleep.time.ms
  nio.numSelectorThreads nio.numWorkerThreads nio.directBufferBytes nio.workerShutdownTimeout nio.sessionlessCnxnTimeout
  commitProcessor.numWorkerThreads commitProcessor.maxReadBatchSize commitProcessor.maxCommitBatchSize
  commitProcessor.shutdownTimeout watchManagerName watcherCleanThreadsNum watcherCleanThreshold
  watcherCleanIntervalInSeconds maxInProcessingDeadWatchers bitHashCacheSize maxResponseCacheSize
  maxGetChildrenResponseCacheSize netty.advancedFlowControl.enabled advancedFlowControlEnabled
  netty.server.earlyDropSecureConnectionHandshakes request_throttler.shutdownTimeout requestThrottler.shutdownTimeout
  maxBatchSize flushDelay maxWriteQueuePollTime follower.skipLearnerRequestToNextProcessor messageTracker.BufferSize
  messageTracker.Enabled fips-mode jute.maxbuffer.extrasize closeSessionTxn.enabled
`;

/** What it does instead, or does not do, by key; a key that ends with "." stands for all that begin so. */
const NOT_YET: Readonly<Record<string, string>> = {
  secureClientPort: "no port for TLS is opened",
  secureClientPortAddress: "no port for TLS is opened",
  "client.portUnification": "the client port speaks no TLS",
  "ssl.": "no port for TLS is opened",
  "autopurge.snapRetainCount": "old snapshots and logs stay until somebody removes them",
  "autopurge.purgeInterval": "old snapshots and logs stay until somebody removes them",
  "admin.": "there is no admin server; use the four-letter words",
  "metricsProvider.": "no metrics are served; use the four-letter word mntr",
  globalOutstandingLimit: "each connection may have 1000 requests waiting, whatever the others have",
  maxCnxns: "only maxClientCnxns limits connections",
  clientPortListenBacklog: "the operating system's backlog is used",
  tcpKeepAlive: "idle connections are found by the session timeout",
  clientTcpKeepAlive: "idle connections are found by the session timeout",
  "snapshot.compression.method": "snapshots are written without compression (gz is read)",
  "snapshot.trust.empty": "a log without a snapshot is refused",
  snapSizeLimitInKb: "snapCount alone decides when a snapshot is written",
  txnLogSizeLimitInKb: "a log ends when a snapshot begins",
  "fsync.warningthresholdms": "slow writes are not reported",
  extendedTypesEnabled: "nodes with a time to live are refused",
  emulate353TTLNodes: "nodes with a time to live are refused",
  "znode.container.": "containers are not removed by themselves",
  enforceQuota: "quotas are not enforced",
  "digest.enabled": "no digests are kept",
  reconfigEnabled: "there is nothing to reconfigure",
  serializeLastProcessedZxid: "snapshots always carry the last transaction",
  "serializeLastProcessedZxid.enabled": "snapshots always carry the last transaction",
  skipACL: "ACLs are checked",
  enableEagerACLCheck: "ACLs are checked once",
  "DigestAuthenticationProvider.": "there is no super user",
  "X509AuthenticationProvider.": "there is no authentication by certificate",
  "IPAuthenticationProvider.": "the address of the connection counts",
  "authProvider.": "no further authentication is loaded",
  "kerberos.": "there is no SASL",
  superUser: "there is no super user",
  ensembleAuthName: "clients that name an ensemble are not checked",
  "enforce.auth.schemes": "no scheme is enforced",
  "audit.": "nothing is audited",
  connectionMaxTokens: "connections are not throttled",
  connectionTokenFillTime: "connections are not throttled",
  connectionTokenFillCount: "connections are not throttled",
  connectionFreezeTime: "connections are not throttled",
  connectionDropIncrease: "connections are not throttled",
  connectionDropDecrease: "connections are not throttled",
  connectionDecreaseRatio: "connections are not throttled",
  connection_throttle_weight_enabled: "connections are not throttled",
  connection_throttle_global_session_weight: "connections are not throttled",
  connection_throttle_local_session_weight: "connections are not throttled",
  connection_throttle_renew_session_weight: "connections are not throttled",
  requestThrottleLimit: "requests are not throttled",
  requestThrottleStallTime: "requests are not throttled",
  requestThrottleDropStale: "requests are not throttled",
  requestStaleLatencyCheck: "requests are not throttled",
  requestStaleConnectionCheck: "requests are not throttled",
  throttledOpWaitTime: "requests are not throttled",
  largeRequestMaxBytes: "jute.maxbuffer alone limits requests",
  largeRequestThreshold: "jute.maxbuffer alone limits requests",
  "outstandingHandshake.limit": "no port for TLS is opened",
  "db.autocreate": "a missing database is created",
  "datadir.autocreate": "a missing folder is created",
};

/** Keys that promise safety: to leave them out would let in whom they keep out. Refused when they are switched on. */
export const SAFEGUARDS: Readonly<Record<string, string>> = {
  "enforce.auth.enabled": "clients without authentication",
  sessionRequireClientSASLAuth: "clients without SASL",
};

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const ofEnsembles = words(OF_ENSEMBLES);
const ofJava = words(OF_JAVA);
const prefixes = Object.keys(NOT_YET).filter((key) => key.endsWith("."));

/** Why a key that Apache knows does nothing here: `undefined` for a key that Apache does not know either. */
export type OtherKey =
  | { readonly kind: "of-ensembles" | "of-java" }
  | { readonly kind: "not-yet"; readonly instead: string };

/** What there is to say about a key that the server does not act on. */
export function otherKey(key: string): OtherKey | undefined {
  if (ofEnsembles.has(key)) return { kind: "of-ensembles" };
  if (ofJava.has(key)) return { kind: "of-java" };
  const prefix = prefixes.find((each) => key.startsWith(each));
  const instead = NOT_YET[key] ?? (prefix === undefined ? undefined : NOT_YET[prefix]);
  return instead === undefined ? undefined : { kind: "not-yet", instead };
}

/** The names of all of them, for suggestions. */
export const OTHER_KEYS: readonly string[] = [
  ...ofEnsembles,
  ...ofJava,
  ...Object.keys(NOT_YET).filter((key) => !key.endsWith(".")),
  ...Object.keys(SAFEGUARDS),
];
