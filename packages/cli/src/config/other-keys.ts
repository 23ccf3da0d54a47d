/*
 * The keys of Apache ZooKeeper's administrator's guide (3.9) that this version does not act on, by what follows from
 * that. Those that it acts on are in settings.ts.
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
  portUnification
  leader.maxConcurrentSnapSyncs leader.maxConcurrentDiffSyncs leader.ackLoggingFrequency
  quorum.auth.enableSasl quorum.auth.learnerRequireSasl quorum.auth.serverRequireSasl quorum.auth.learner.saslLoginContext
  quorum.auth.server.saslLoginContext quorum.auth.kerberos.servicePrincipal
`;

/** Settings of the Java virtual machine, and of Apache's threads and buffers: nothing here corresponds to them. */
const OF_JAVA = `
  serverCnxnFactory jvm.pause.monitor jvm.pause.info-threshold.ms jvm.pause.warn-threshold.ms jvm.pause.sleep.time.ms
  nio.numSelectorThreads nio.numWorkerThreads nio.directBufferBytes nio.workerShutdownTimeout nio.shutdownTimeout
  commitProcessor.numWorkerThreads commitProcessor.maxReadBatchSize commitProcessor.maxCommitBatchSize
  commitProcessor.shutdownTimeout watchManagerName watcherCleanThreadsNum watcherCleanThreshold
  watcherCleanIntervalInSeconds maxInProcessingDeadWatchers bitHashCacheSize maxResponseCacheSize
  maxGetChildrenResponseCacheSize netty.advancedFlowControl.enabled advancedFlowControlEnabled
  netty.server.earlyDropSecureConnectionHandshakes request_throttler.shutdownTimeout requestThrottler.shutdownTimeout
  maxBatchSize flushDelay maxWriteQueuePollTime follower.skipLearnerRequestToNextProcessor messageTracker.BufferSize
  messageTracker.Enabled fips-mode jute.maxbuffer.extrasize
  intBufferStartingSizeBytes jmx.log4j.disable log.dir log.file root.logger
  ssl.sslProvider metricsProvider.numWorkerThreads metricsProvider.maxQueueSize
  metricsProvider.workerShutdownTimeoutMs audit.impl.class
`;

/** What it does instead, or does not do, by key; a key that ends with "." stands for all that begin so. */
const NOT_YET: Readonly<Record<string, string>> = {
  "DigestAuthenticationProvider.enabled": "the scheme digest is always there",
  "X509AuthenticationProvider.": "only its superUser counts",
  "ssl.authProvider": "certificates are known by their subject (x509)",
  "ssl.context.supplier.class": "no Java classes are loaded",
  "ssl.hostnameVerification": "clients are known by their certificates, not by the names of their hosts",
  "ssl.allowReverseDnsLookup": "clients are known by their certificates, not by the names of their hosts",
  "readonlymode.enabled": "a server of its own is never read-only",
  "znode.container.maxPerMinute": "all that nobody needs is removed at once",
  "znode.container.maxNeverUsedIntervalMs": "containers that never had children stay",
  "admin.portUnification": "the admin server speaks plain HTTP",
  tcpKeepAlive: "idle connections are found by the session timeout",
  clientTcpKeepAlive: "idle connections are found by the session timeout",
  snapSizeLimitInKb: "snapCount alone decides when a snapshot is written",
  txnLogSizeLimitInKb: "a log ends when a snapshot begins",
  "closeSessionTxn.enabled": "the end of a session always names the ephemerals that go with it",
  emulate353TTLNodes: "nodes with a time to live are marked as since 3.5.4",
  reconfigEnabled: "there is nothing to reconfigure",
  serializeLastProcessedZxid: "snapshots always carry the last transaction",
  "serializeLastProcessedZxid.enabled": "snapshots always carry the last transaction",
  enableEagerACLCheck: "ACLs are checked once",
  "IPAuthenticationProvider.": "the address of the connection counts",
  "authProvider.": "no further authentication is loaded",
  "kerberos.": "SASL is DIGEST-MD5 alone",
  ensembleAuthName: "clients that name an ensemble are not checked",
  connection_throttle_local_session_weight: "there are no local sessions",
  requestThrottleStallTime: "a request that waits goes on as soon as another one is done",
  request_throttle_stall_time: "a request that waits goes on as soon as another one is done",
  requestThrottleDropStale: "a request that waits is always dropped with its connection",
  request_throttle_drop_stale: "a request that waits is always dropped with its connection",
  requestStaleConnectionCheck: "a request that waits is always dropped with its connection",
  request_stale_connection_check: "a request that waits is always dropped with its connection",
  "outstandingHandshake.limit": "a handshake that takes too long is cut",
  "db.autocreate": "a missing database is created",
};

/** Keys that promise safety: to leave them out would let in whom they keep out. Refused when they are switched on. */
export const SAFEGUARDS: Readonly<Record<string, string>> = {
  "ssl.crl": "clients whose certificates were revoked",
  "ssl.ocsp": "clients whose certificates were revoked",
  "admin.forceHttps": "callers who do not speak TLS",
  "admin.needClientAuth": "callers without a certificate",
  "ssl.clientHostnameVerification": "clients whose certificates name another host",
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
  if (ofEnsembles.has(key) || key.startsWith("ssl.quorum.")) return { kind: "of-ensembles" };
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
