/*
 * Keys of Apache ZooKeeper (3.8 and 3.9) that this version does not implement, by the consequence. The implemented ones are
 * in settings.ts.
 */

/** Keys for ensembles: ignored without a warning, as every sample configuration has some. */
const OF_ENSEMBLES = `
  leaderServes electionAlg cnxTimeout peerType connectToLearnerMasterLimit
  quorumListenOnAllIPs electionPortBindRetry syncEnabled commitLogCount maxConcurrentSnapSyncs maxConcurrentDiffSyncs
  fastleader.maxNotificationInterval fastleader.minNotificationInterval quorumCnxnTimeoutMs
  learner.asyncSending learner.closeSocketAsync leader.closeSocketAsync maxTimeToWaitForEpoch multiAddress.enabled multiAddress.reachabilityCheckTimeoutMs
  multiAddress.reachabilityCheckEnabled oraclePath
  forward_learner_requests_to_commit_processor_disabled snapshotSizeFactor
  forceSnapshotSync leader.maxTimeToWaitForEpoch leaderConnectDelayDuringRetryMs observer.syncEnabled
  observerMaster.sizeLimit leader.nodelay follower.nodelay test.allowDiscontinuousProposals
  leader.maxConcurrentSnapSyncs leader.maxConcurrentDiffSyncs leader.ackLoggingFrequency
`;

/** Keys for the Java virtual machine, and for Apache's threads and buffers, which have no counterpart here. */
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
  metricsProvider.workerShutdownTimeoutMs audit.impl.class jmx.log4j.mbean admin.httpVersion
  commitProcessor.numWorkerThread pathStats.enabled pathStats.delay pathStats.initialDelay pathStats.maxDepth
  pathStats.sampleRate pathStats.slotCapacity pathStats.slotDuration pathStats.topPathMax
  client.secure clientCnxnSocket disableAutoWatchReset request.timeout sasl.client sasl.client.username
  sasl.client.canonicalize.hostname sasl.clientconfig server.principal kinit quorum.cnxn.threads.size
`;

/** Behaviour in place of each key without effect in this server. A key that ends with "." covers all keys with this prefix. */
const NOT_YET: Readonly<Record<string, string>> = {
  "X509AuthenticationProvider.": "only its superUser counts",
  "ssl.hostnameVerification": "clients are identified by their certificates, not by host names",
  "ssl.allowReverseDnsLookup": "clients are identified by their certificates, not by host names",
  "znode.container.maxPerMinute": "all unused containers are removed at once",
  "znode.container.maxNeverUsedIntervalMs": "containers that never had children are kept",
  "admin.portUnification": "the admin server speaks plain HTTP",
  tcpKeepAlive: "idle connections are found by the session timeout",
  clientTcpKeepAlive: "idle connections are found by the session timeout",
  snapSizeLimitInKb: "snapCount alone decides when a snapshot is written",
  txnLogSizeLimitInKb: "a log ends when a snapshot begins",
  "closeSessionTxn.enabled": "the end of a session always lists its ephemerals",
  emulate353TTLNodes: "nodes with a time to live are marked as since 3.5.4",
  serializeLastProcessedZxid: "snapshots always carry the last transaction",
  "serializeLastProcessedZxid.enabled": "snapshots always carry the last transaction",
  enableEagerACLCheck: "ACLs are checked once",
  "kerberos.": "SASL is DIGEST-MD5 alone",
  "security.auth_to_local": "SASL is DIGEST-MD5 alone",
  "server.realm": "SASL is DIGEST-MD5 alone",
  "quorum.auth.kerberos.": "SASL is DIGEST-MD5 alone",
  requireKerberosConfig: "SASL is DIGEST-MD5 alone",
  "SASLAuthenticationProvider.superPassword": "the SASL user super has the password of the JAAS file, if any",
  "netty.server.outstandingHandshake.limit": "a handshake that takes too long is cut",
  "testingonly.initialZxid": "the first transaction has the number 1",
  ensembleAuthName: "clients that name an ensemble are not checked",
  requestThrottleStallTime: "a waiting request continues as soon as another one is done",
  request_throttle_stall_time: "a waiting request continues as soon as another one is done",
  requestThrottleDropStale: "a waiting request is always dropped with its connection",
  request_throttle_drop_stale: "a waiting request is always dropped with its connection",
  requestStaleConnectionCheck: "a waiting request is always dropped with its connection",
  request_stale_connection_check: "a waiting request is always dropped with its connection",
  "outstandingHandshake.limit": "a handshake that takes too long is cut",
  "db.autocreate": "a missing database is created",
};

/** A key that keeps clients out, or callers of the admin server. */
interface Safeguard {
  /** Values that the server fulfils. */
  readonly harmless: RegExp;
  /** The clients or callers that the key keeps out. */
  readonly keepsOut: string;
}

const OFF = /^false$/i;
const PROVIDERS = "org\\.apache\\.zookeeper\\.server\\.auth\\.(?:SASL|X509|Digest|IP)AuthenticationProvider";

/**
 * Keys of security that this version does not implement: to ignore them would let in the clients that they keep out. Each
 * refuses the start unless its value is harmless. A key that ends with "." covers all keys with this prefix.
 */
const SAFEGUARDS: Readonly<Record<string, Safeguard>> = {
  "ssl.crl": { harmless: OFF, keepsOut: "clients with revoked certificates" },
  "ssl.ocsp": { harmless: OFF, keepsOut: "clients with revoked certificates" },
  "ssl.quorum.crl": { harmless: OFF, keepsOut: "servers with revoked certificates" },
  "ssl.quorum.ocsp": { harmless: OFF, keepsOut: "servers with revoked certificates" },
  "ssl.quorum.context.supplier.class": { harmless: /^$/, keepsOut: "servers that this class refuses" },
  "ssl.clientHostnameVerification": { harmless: OFF, keepsOut: "clients with the certificate of another host" },
  "ssl.authProvider": { harmless: /^x509$/, keepsOut: "clients that this provider refuses" },
  "ssl.context.supplier.class": { harmless: /^$/, keepsOut: "clients that this class refuses" },
  "X509AuthenticationProvider.clientCertIdType": {
    harmless: /^(?!SAN$)/i,
    keepsOut: "clients by their certificates' alternative names",
  },
  "IPAuthenticationProvider.usexforwardedfor": {
    harmless: OFF,
    keepsOut: "callers of the admin server by the address that their proxy forwards",
  },
  "authProvider.": { harmless: new RegExp(`^${PROVIDERS}$`), keepsOut: "clients that this provider refuses" },
  "admin.forceHttps": { harmless: OFF, keepsOut: "callers without TLS" },
  "admin.needClientAuth": { harmless: OFF, keepsOut: "callers without a certificate" },
};

/** Returns the clients that `key` with this value keeps out, and this version cannot; undefined if there are none. */
export function unkeptOut(key: string, value: string): string | undefined {
  const prefix = Object.keys(SAFEGUARDS).find((each) => each.endsWith(".") && key.startsWith(each));
  const safeguard = SAFEGUARDS[key] ?? (prefix === undefined ? undefined : SAFEGUARDS[prefix]);
  return safeguard === undefined || safeguard.harmless.test(value) ? undefined : safeguard.keepsOut;
}

/** Returns true for a key of security without effect in this server. */
export function isSafeguard(key: string): boolean {
  return Object.keys(SAFEGUARDS).some((each) => (each.endsWith(".") ? key.startsWith(each) : key === each));
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const ofEnsembles = words(OF_ENSEMBLES);
const ofJava = words(OF_JAVA);
const prefixes = Object.keys(NOT_YET).filter((key) => key.endsWith("."));

/** Reason why a key of Apache has no effect here. */
export type OtherKey =
  | { readonly kind: "of-ensembles" | "of-java" }
  | { readonly kind: "not-yet"; readonly instead: string };

/** Returns the kind of a key without effect; `undefined` for an unknown key. */
export function otherKey(key: string): OtherKey | undefined {
  if (ofEnsembles.has(key)) return { kind: "of-ensembles" };
  if (ofJava.has(key)) return { kind: "of-java" };
  const prefix = prefixes.find((each) => key.startsWith(each));
  const instead = NOT_YET[key] ?? (prefix === undefined ? undefined : NOT_YET[prefix]);
  return instead === undefined ? undefined : { kind: "not-yet", instead };
}

/** Names of all these keys, for suggestions. */
export const OTHER_KEYS: readonly string[] = [
  ...ofEnsembles,
  ...ofJava,
  ...Object.keys(NOT_YET).filter((key) => !key.endsWith(".")),
  ...Object.keys(SAFEGUARDS).filter((key) => !key.endsWith(".")),
];
