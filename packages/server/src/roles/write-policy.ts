import type { ResolvedServerOptions } from "../options/server-options.js";
import type { QuotaGuard } from "../pipeline/quota-guard.js";
import type { WritePolicy } from "../pipeline/validate.js";
import { rightsBy } from "../tree/acl-check.js";
import { MAX_TXN_BYTES } from "../tree/txn-size.js";

/** Returns the policy that options set for writes. `quotas` are enforced if the options say so. */
export function writePolicy(
  options: ResolvedServerOptions,
  quotas: QuotaGuard,
  maxTxnBytes: number = MAX_TXN_BYTES,
): WritePolicy {
  return {
    quotas: options.enforceQuota ? quotas : undefined,
    extendedTypes: options.extendedTypesEnabled,
    schemes: schemesOf(options),
    maxTxnBytes,
    rightsOf: rightsBy(options),
  };
}

/** Returns the schemes by which clients can authenticate here: an ACL that names another would deny every client. */
function schemesOf({ tls, saslUsers, digestAuthEnabled }: ResolvedServerOptions): ReadonlySet<string> {
  const x509 = tls === undefined ? [] : ["x509"];
  const digest = digestAuthEnabled ? ["digest"] : [];
  return new Set([...digest, "ip", ...x509, ...(saslUsers === undefined ? [] : ["sasl"])]);
}
