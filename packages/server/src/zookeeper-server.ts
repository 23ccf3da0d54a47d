import type { ReconfigRequest } from "@conclave/protocol";
import type { QuorumTlsOptions } from "./options/quorum-tls-options.js";
import type { ServerTlsOptions } from "./options/tls-options.js";
import type { Role } from "./roles/role.js";

/** State of a member of an ensemble. */
export interface MemberSummary {
  /** Text of the active configuration, as in `/zookeeper/config`. */
  readonly configuration: string;
  /** Id of the leader; undefined while this server searches for one. */
  readonly leader: number | undefined;
}

/** A running server. */
export interface ZooKeeperServer extends AsyncDisposable {
  /** Connect string for clients: `host:port`. */
  readonly connectString: string;
  /** Number of the `clientPort`, or of the `secureClientPort` if there is no other. */
  readonly port: number;
  /** Number of the `secureClientPort`, if there is one. */
  readonly securePort: number | undefined;
  /** Port of the AdminServer, if there is one. */
  readonly adminPort: number | undefined;
  /** Port of the metrics for Prometheus, if there is one. */
  readonly metricsPort: number | undefined;
  /** Zxid of the last applied transaction. */
  readonly lastZxid: bigint;
  /**
   * Role of this server in its ensemble; `looking` while it has no leader and serves no clients, `read-only` while it has none
   * and serves readers.
   */
  readonly mode: Role["mode"];
  /** State of a member of an ensemble; undefined for any other server. */
  readonly member: MemberSummary | undefined;
  /** Resolves when this server serves clients: a member of an ensemble does once it has a leader that a quorum follows. */
  whenServing(): Promise<void>;
  /**
   * Replaces key, certificate and authorities for new connections; existing ones keep the previous. Other settings, such as
   * `clientAuth`, stay as they were at the start. Throws Node.js's error for an invalid key or certificate, and then keeps
   * the previous ones.
   */
  reloadTls(tls: ServerTlsOptions): void;
  /**
   * The same for connections to and from other servers of the ensemble. Without effect if they do not use TLS.
   */
  reloadQuorumTls(tls: QuorumTlsOptions): void;
  /**
   * Changes the members of the ensemble with this server's own rights, as Apache's `reconfig` does for a super user: any member can be
   * asked. Resolves with the text of the new configuration. Rejects with a {@link ReconfigurationError} if the leader refuses it, and if
   * this server has no leader or loses it meanwhile, when the change may have been made.
   */
  reconfigure(request: ReconfigRequest): Promise<string>;
  /**
   * Has a leader end its leadership as soon as all that it has proposed is committed. It takes part in elections again after `pauseMs`
   * milliseconds, so that another server is elected if there can be one. Returns false, and does nothing, if it does not lead.
   */
  handOver(pauseMs: number): boolean;
  /**
   * Stops the server: refuses new connections, finishes the writes that it has accepted, closes connections and files.
   * Sessions survive until the next start. Idempotent; rejects if the log could not be closed properly.
   */
  close(): Promise<void>;
}
