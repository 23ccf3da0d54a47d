import type { EnsembleOptions } from "./ensemble-options.js";
import { type OptionTable, resolveOptions } from "./option.js";
import {
  adminTable,
  connectionThrottleTable,
  ensembleTable,
  metricsTable,
  requestThrottleTable,
  serverTable,
} from "./option-table.js";
import type { ResolvedServerOptions, ServerOptions } from "./server-options.js";

/** Checks options and fills in the defaults. Throws a `RangeError` that names the option and the allowed values. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const resolved = { ...resolveOptions(serverTable, { ...options }), ...groupsOf(options) } as ResolvedServerOptions;
  const {
    minSessionTimeoutMs: min,
    maxSessionTimeoutMs: max,
    sessionRequireClientSaslAuth,
    enforceAuthSchemes,
  } = resolved;
  if (min > max) throw new RangeError(`minSessionTimeoutMs (${min}) is more than maxSessionTimeoutMs (${max})`);
  refuseMissing(options);
  const clientPort = options.clientPort ?? (options.secureClientPort === undefined ? 0 : undefined);
  return Object.freeze({
    ...{ ...resolved, clientPort },
    enforceAuthSchemes: sessionRequireClientSaslAuth ? ["sasl"] : enforceAuthSchemes,
  });
}

function groupsOf({
  admin,
  metrics,
  connectionThrottle,
  requestThrottle,
  ensemble,
}: ServerOptions): Record<string, unknown> {
  const group = (table: OptionTable, given: object, name: string): unknown =>
    Object.freeze(resolveOptions(table, { ...given }, `${name}.`));
  return {
    admin: admin && group(adminTable, admin, "admin"),
    metrics: metrics && group(metricsTable, metrics, "metrics"),
    connectionThrottle: group(connectionThrottleTable, connectionThrottle ?? {}, "connectionThrottle"),
    requestThrottle: requestThrottle && group(requestThrottleTable, requestThrottle, "requestThrottle"),
    ensemble: ensemble && group(ensembleTable, ensemble, "ensemble"),
  };
}

/** Throws a `RangeError` when an option requires another one that is missing. */
function refuseMissing({ dataDir, dataLogDir, ensemble, secureClientPort, portUnification, tls }: ServerOptions): void {
  if (dataLogDir !== undefined && dataDir === undefined) {
    throw new RangeError("dataLogDir needs dataDir, the directory of the snapshots");
  }
  if (ensemble !== undefined && dataDir === undefined) {
    throw new RangeError(
      "ensemble needs dataDir: a member that forgets what it has acknowledged loses data of all others",
    );
  }
  if (ensemble !== undefined) refuseUnsecured(ensemble);
  if (tls !== undefined) return;
  if (secureClientPort !== undefined) throw new RangeError("secureClientPort needs tls: a key and a certificate");
  if (portUnification === true) throw new RangeError("portUnification needs tls: a key and a certificate");
}

/** The same for connections between servers, with Apache's rules (QuorumPeerConfig). */
function refuseUnsecured(ensemble: EnsembleOptions): void {
  const needed: readonly (readonly [keyof EnsembleOptions, keyof EnsembleOptions, string])[] = [
    ["sslQuorum", "tls", "a key and a certificate (ssl.quorum.keyStore.location)"],
    ["portUnification", "tls", "a key and a certificate (ssl.quorum.keyStore.location)"],
    ["saslEnabled", "saslUsers", "the users of other servers (section QuorumServer)"],
    ["saslLearnerRequired", "saslEnabled", "true (quorum.auth.enableSasl)"],
    ["saslLearnerRequired", "saslUser", "the user of this server (section QuorumLearner)"],
    ["saslServerRequired", "saslLearnerRequired", "true (quorum.auth.learnerRequireSasl)"],
  ];
  for (const [name, other, wanted] of needed) {
    const isMissing = ensemble[other] === undefined || ensemble[other] === false;
    if (ensemble[name] === true && isMissing)
      throw new RangeError(`ensemble.${name} needs ensemble.${other}: ${wanted}`);
  }
}
