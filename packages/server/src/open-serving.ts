import { type Meter, randomInt, silentMeter } from "@conclave/runtime";
import type { AuditLog } from "./pipeline/audit-log.js";
import type { Authenticator } from "./pipeline/authenticator.js";
import { QuotaGuard } from "./pipeline/quota-guard.js";
import { RequestHandler } from "./pipeline/request-handler.js";
import type { Traffic } from "./pipeline/traffic.js";
import { recoverTree } from "./recover-tree.js";
import { Standalone } from "./roles/standalone.js";
import type { ResolvedServerOptions } from "./server-options.js";
import { sessionPasswords } from "./session-passwords.js";
import { SessionAuthority } from "./sessions/session-authority.js";
import { initialSessionId } from "./sessions/session-id.js";
import { openStorage } from "./storage/open-storage.js";
import type { Storage } from "./storage/storage.js";
import type { Connection } from "./transport/connection.js";
import type { LargeRequests } from "./transport/large-requests.js";
import { rightsBy } from "./tree/acl-check.js";
import type { DataTree } from "./tree/data-tree.js";
import { MAX_TXN_BYTES } from "./tree/txn-size.js";

/** Upper byte of the session ids that a standalone server makes, as with Apache. */
const SERVER_ID_IN_SESSION_IDS = 1;

/** Parts built from the storage's contents; rebuilt when a backup is restored. */
export interface Serving {
  readonly storage: Storage;
  readonly tree: DataTree;
  readonly sessions: SessionAuthority<Connection>;
  readonly role: Standalone;
  readonly requests: RequestHandler;
  readonly quotas: QuotaGuard;
  /** Number of digests on record that differed from the tree's. */
  readonly digestMismatches: number;
}

/** Parts that stay the same when a backup is restored. */
export interface ServingParts {
  readonly options: ResolvedServerOptions;
  readonly traffic: Traffic;
  readonly largeRequests: LargeRequests;
  readonly authenticator: Authenticator;
  readonly audit: AuditLog | undefined;
  /** Takes the times that writing to disk takes. */
  readonly meter: Pick<Meter, "observe">;
  readonly onBatchApplied: () => void;
  readonly onFailure: (cause: unknown) => void;
}

/** Recovers what is on disk. Rejects as `startServer` does; nothing stays open then. */
export async function openServing(parts: ServingParts): Promise<Serving> {
  const { options, meter } = parts;
  const storage = openStorage({ ...options, meter: { ...silentMeter, observe: meter.observe.bind(meter) } });
  try {
    const { tree, replayed, digestMismatches } = await recoverTree(storage, randomInt(options.random, 2 ** 31));
    tree.watchLimits = { perWatcher: options.maxWatchesPerConnection, inAll: options.maxWatches };
    const passwordOf = await sessionPasswords(options.sessionSecret, storage);
    return { storage, tree, digestMismatches, ...serve(parts, { storage, tree, replayed, passwordOf }) };
  } catch (error) {
    await storage.close().catch(() => {});
    throw error;
  }
}

interface Stored {
  readonly storage: Storage;
  readonly tree: DataTree;
  readonly replayed: number;
  readonly passwordOf: (sessionId: bigint) => Uint8Array;
}

function serve(
  parts: ServingParts,
  { storage, tree, replayed, passwordOf }: Stored,
): Pick<Serving, "sessions" | "role" | "requests" | "quotas"> {
  const { options, traffic, largeRequests, authenticator, audit, onBatchApplied, onFailure } = parts;
  const { clock, logger, snapCount } = options;
  const firstId = initialSessionId(SERVER_ID_IN_SESSION_IDS, clock.wallTime());
  const sessions = new SessionAuthority<Connection>(options, firstId, clock.now(), passwordOf);
  for (const [id, timeoutMs] of tree.sessions) sessions.track(id, timeoutMs, clock.now());
  const quotas = new QuotaGuard({ quotas: tree.quotas, logger, now: () => clock.now() });
  const role = new Standalone({
    ...{ tree, sessions, storage, clock, logger, audit, snapCount, onBatchApplied, onFailure },
    policy: {
      quotas: options.enforceQuota ? quotas : undefined,
      extendedTypes: options.extendedTypesEnabled,
      schemes: schemesOf(options),
      maxTxnBytes: MAX_TXN_BYTES,
      rightsOf: rightsBy(options),
    },
    sinceSnapshot: replayed,
    onSessionExpired: () => traffic.sessionsExpired++,
    defer: setImmediate,
  });
  const requests = new RequestHandler({
    ...{ tree, writes: role, sessions, traffic, clock, largeRequests, authenticator, audit },
  });
  return { sessions, role, requests, quotas };
}

/** Returns the schemes by which clients can authenticate here: an ACL that names another would deny every client. */
function schemesOf({ tls, saslUsers, digestAuthEnabled }: ResolvedServerOptions): ReadonlySet<string> {
  const x509 = tls === undefined ? [] : ["x509"];
  const digest = digestAuthEnabled ? ["digest"] : [];
  return new Set([...digest, "ip", ...x509, ...(saslUsers === undefined ? [] : ["sasl"])]);
}
