import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.js";
import { type ParsedConfig, parseServerConfig } from "./server-config.js";

/** Every key in the administrator's guides and the sources of ZooKeeper 3.8.6 and 3.9.5. */
const APACHE_KEYS = `
  4lw.commands.whitelist DigestAuthenticationProvider.digestAlg DigestAuthenticationProvider.enabled
  DigestAuthenticationProvider.superDigest IPAuthenticationProvider.usexforwardedfor
  SASLAuthenticationProvider.superPassword X509AuthenticationProvider.superUser admin.commandURL admin.enableServer
  admin.forceHttps admin.httpVersion admin.idleTimeout admin.needClientAuth admin.portUnification
  admin.rateLimiterIntervalInMS admin.restore.enabled admin.serverAddress admin.serverPort admin.snapshot.enabled
  advancedFlowControlEnabled allowSaslFailedClients audit.enable audit.impl.class autopurge.purgeInterval
  autopurge.snapRetainCount bitHashCacheSize client.certReload client.portUnification client.secure clientCnxnSocket
  clientPort clientPortAddress clientPortListenBacklog clientTcpKeepAlive closeSessionTxn.enabled cnxTimeout
  commitLogCount commitProcessor.maxCommitBatchSize commitProcessor.maxReadBatchSize commitProcessor.numWorkerThread
  commitProcessor.numWorkerThreads commitProcessor.shutdownTimeout connectToLearnerMasterLimit connectionDecreaseRatio
  connectionDropDecrease connectionDropIncrease connectionFreezeTime connectionMaxTokens connectionTokenFillCount
  connectionTokenFillTime connection_throttle_decrease_ratio connection_throttle_drop_decrease
  connection_throttle_drop_increase connection_throttle_fill_count connection_throttle_fill_time
  connection_throttle_freeze_time connection_throttle_global_session_weight connection_throttle_local_session_weight
  connection_throttle_renew_session_weight connection_throttle_tokens connection_throttle_weight_enabled dataDir
  dataLogDir datadir.autocreate db.autocreate digest.enabled disableAutoWatchReset electionAlg electionPortBindRetry
  emulate353TTLNodes enableEagerACLCheck enforce.auth.enabled enforce.auth.schemes enforceQuota ensembleAuthName
  extendedTypesEnabled fastleader.maxNotificationInterval fastleader.minNotificationInterval fips-mode flushDelay
  follower.nodelay follower.skipLearnerRequestToNextProcessor forceSnapshotSync forceSync
  forward_learner_requests_to_commit_processor_disabled fsync.warningthresholdms globalOutstandingLimit initLimit
  intBufferStartingSizeBytes jmx.log4j.disable jmx.log4j.mbean jute.maxbuffer jute.maxbuffer.extrasize
  kerberos.canonicalizeHostNames kerberos.minReLoginTimeMs kerberos.removeHostFromPrincipal
  kerberos.removeRealmFromPrincipal kinit largeRequestMaxBytes largeRequestThreshold leader.ackLoggingFrequency
  leader.closeSocketAsync leader.maxConcurrentDiffSyncs leader.maxConcurrentSnapSyncs leader.maxTimeToWaitForEpoch
  leader.nodelay leaderConnectDelayDuringRetryMs leaderServes learner.asyncSending learner.closeSocketAsync
  letAnySaslUserDoX localSessionsEnabled maxBatchSize maxClientCnxns maxCnxns maxConcurrentDiffSyncs
  maxConcurrentSnapSyncs maxGetChildrenResponseCacheSize maxInProcessingDeadWatchers maxResponseCacheSize
  maxSessionTimeout maxTimeToWaitForEpoch maxWriteQueuePollTime messageTracker.BufferSize messageTracker.Enabled
  metricsProvider.className metricsProvider.exportJvmInfo metricsProvider.httpHost metricsProvider.httpPort
  metricsProvider.maxQueueSize metricsProvider.numWorkerThreads metricsProvider.workerShutdownTimeoutMs
  minSessionTimeout multiAddress.enabled multiAddress.reachabilityCheckEnabled multiAddress.reachabilityCheckTimeoutMs
  netty.advancedFlowControl.enabled netty.server.earlyDropSecureConnectionHandshakes
  netty.server.outstandingHandshake.limit nio.directBufferBytes nio.numSelectorThreads nio.numWorkerThreads
  nio.sessionlessCnxnTimeout nio.shutdownTimeout observer.election.DelayMs observer.reconnectDelayMs
  observer.syncEnabled observerMaster.sizeLimit observerMasterPort outstandingHandshake.limit pathStats.delay
  pathStats.enabled pathStats.initialDelay pathStats.maxDepth pathStats.sampleRate pathStats.slotCapacity
  pathStats.slotDuration pathStats.topPathMax preAllocSize quorumCnxnTimeoutMs quorumListenOnAllIPs reconfigEnabled
  request.timeout requestStaleConnectionCheck requestStaleLatencyCheck requestThrottleDropStale requestThrottleLimit
  requestThrottleStallTime request_stale_connection_check request_stale_latency_check request_throttle_drop_stale
  request_throttle_max_requests request_throttle_stall_time request_throttler.shutdownTimeout requireKerberosConfig
  sasl.client sasl.client.canonicalize.hostname sasl.client.username sasl.clientconfig sasl.serverconfig
  secureClientPort security.auth_to_local serializeLastProcessedZxid.enabled server.principal server.realm
  serverCnxnFactory sessionRequireClientSASLAuth skipACL snapCount snapSizeLimitInKb snapshot.compression.method
  snapshot.trust.empty snapshotSizeFactor ssl.allowReverseDnsLookup ssl.authProvider ssl.ciphersuites ssl.clientAuth
  ssl.clientHostnameVerification ssl.context.supplier.class ssl.crl ssl.enabledProtocols
  ssl.handshakeDetectionTimeoutMillis ssl.hostnameVerification ssl.keyStore.location ssl.keyStore.password
  ssl.keyStore.passwordPath ssl.keyStore.type ssl.ocsp ssl.protocol ssl.quorum.allowReverseDnsLookup
  ssl.quorum.ciphersuites ssl.quorum.clientAuth ssl.quorum.clientHostnameVerification
  ssl.quorum.context.supplier.class ssl.quorum.crl ssl.quorum.enabledProtocols
  ssl.quorum.handshakeDetectionTimeoutMillis ssl.quorum.hostnameVerification ssl.quorum.keyStore.location
  ssl.quorum.keyStore.password ssl.quorum.keyStore.passwordPath ssl.quorum.keyStore.type ssl.quorum.ocsp
  ssl.quorum.protocol ssl.quorum.trustStore.location ssl.quorum.trustStore.password ssl.quorum.trustStore.passwordPath
  ssl.quorum.trustStore.type ssl.sslProvider ssl.trustStore.location ssl.trustStore.password
  ssl.trustStore.passwordPath ssl.trustStore.type sslQuorum sslQuorumReloadCertFiles standaloneEnabled superUser
  superUser.1 syncEnabled syncLimit tcpKeepAlive test.allowDiscontinuousProposals testingonly.initialZxid
  throttledOpWaitTime throttled_op_wait_time tickTime txnLogSizeLimitInKb watchManagerName
  watcherCleanIntervalInSeconds watcherCleanThreadsNum watcherCleanThreshold znode.container.checkIntervalMs
  znode.container.maxNeverUsedIntervalMs znode.container.maxPerMinute
`;

const minimal = "dataDir=/d\nclientPort=2181\n";
const parse = (line: string): ParsedConfig => parseServerConfig(`${minimal}${line}\n`, "zoo.cfg", "/");

function refusal(line: string): string {
  try {
    parse(line);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return "none";
}

describe("a key of Apache's", () => {
  it("is never called unknown", () => {
    const unknown = APACHE_KEYS.trim()
      .split(/\s+/)
      .filter((key) => {
        try {
          return parse(`${key}=1`).warnings.some(({ message }) => message.includes("is not a key of ZooKeeper"));
        } catch (error) {
          expect(error, key).toBeInstanceOf(ConfigError);
          return false;
        }
      });
    expect(unknown).toEqual([]);
  });

  it.each([
    ["ssl.crl=true", "clients with revoked certificates"],
    ["ssl.ocsp=true", "clients with revoked certificates"],
    ["ssl.clientHostnameVerification=true", "clients with the certificate of another host"],
    ["ssl.authProvider=mine", "clients that this provider refuses"],
    ["ssl.context.supplier.class=org.example.Supplier", "clients that this class refuses"],
    ["X509AuthenticationProvider.clientCertIdType=san", "clients by their certificates' alternative names"],
    ["IPAuthenticationProvider.usexforwardedfor=true", "the address that their proxy forwards"],
    ["authProvider.1=org.example.Provider", "clients that this provider refuses"],
    [
      "authProvider.ensemble=org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider",
      "clients that this provider refuses",
    ],
    ["admin.forceHttps=true", "callers without TLS"],
    ["admin.needClientAuth=true", "callers without a certificate"],
  ])("that keeps clients out refuses the start if it is not implemented: %s", (line, clients) => {
    expect(refusal(line)).toMatch(/^zoo\.cfg:3: /);
    expect(refusal(line)).toContain("this version cannot keep out ");
    expect(refusal(line)).toContain(clients);
  });

  it.each(["ssl.crl", "ssl.quorum.crl"])("%s names the key with a file of revocation lists", (key) => {
    expect(refusal(`${key}=true`)).toContain(`(conclave.${key}.location)`);
    expect(parse(`${key}=true\nconclave.${key}.location=/crl.pem`).warnings).toEqual([]);
  });

  it.each([
    "ssl.crl=false",
    "ssl.ocsp=False",
    "ssl.authProvider=x509",
    "X509AuthenticationProvider.clientCertIdType=SUBJECT",
    "IPAuthenticationProvider.usexforwardedfor=false",
    "authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
    "authProvider.1=org.apache.zookeeper.server.auth.X509AuthenticationProvider",
    "authProvider.digest=org.apache.zookeeper.server.auth.DigestAuthenticationProvider",
  ])("that keeps out no other clients has no warning: %s", (line) => {
    expect(parse(line).warnings).toEqual([]);
  });
});
