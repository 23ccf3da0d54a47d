import { hostname } from "node:os";
import { type Clock, type Logger, onAbort, silentLogger, systemClock } from "@conclave/runtime";
import type { QuorumTlsOptions } from "../options/quorum-tls-options.js";
import { DISCOVERY_PORT, fixedPeers, idFromHostname, type PeerSource } from "./peers.js";
import type { ReplicaOptions } from "./replica.js";
import { MAX_VOTERS } from "./replica-info.js";
import { type ReplicaState, stateOf } from "./replica-state.js";
import type { ThreadedReplica } from "./threaded-replica.js";

/** Ports of a replica. All replicas reach all of them; they must be the same at each start. */
export interface ReplicaPorts {
  /** Discovery and probes, by HTTP. @default 2887 */
  readonly discovery?: number | undefined;
  /** Connections of learners to a leader. @default 2888 */
  readonly quorum?: number | undefined;
  /** Leader election. @default 3888 */
  readonly election?: number | undefined;
  /** Clients. @default 2181 */
  readonly client?: number | undefined;
}

/** Options of {@link joinEnsemble}. */
export interface JoinEnsembleOptions {
  /** Directory of this replica alone. It must outlive restarts: what a quorum of directories holds is the data of the ensemble. */
  readonly dataDir: string;
  /** Name of the ensemble, such as that of the service. Replicas of another name are not heard, and their directories refused. */
  readonly name: string;
  /** Addresses of the discovery ports of all replicas, `host:port`, or a function such as `dnsPeers(…)` that returns them. */
  readonly peers: readonly string[] | PeerSource;
  /**
   * Id of this replica, 1 to 255, different for each and the same at each start.
   * @default the number at the end of the host name, plus one
   */
  readonly id?: number | undefined;
  /**
   * Number of voters: replicas 1 to this number form the ensemble once all of them have been seen. 3 survive the loss of one, 5 of two. Further
   * replicas are observers. 1 is allowed for development. 2 stop when either fails, and are allowed with `acceptsNoFailure`.
   * @default 3
   */
  readonly expect?: number | undefined;
  /** Allows `expect: 2`, an ensemble that stops when either of its voters fails. @default false */
  readonly acceptsNoFailure?: boolean | undefined;
  /** Host or IP address at which the other replicas reach this one now. It may change with a restart. @default the host name */
  readonly host?: string | undefined;
  readonly ports?: ReplicaPorts | undefined;
  /** Local address to listen on. @default `host` */
  readonly listenAddress?: string | undefined;
  /**
   * Secret that all replicas share. With it they sign what they say to each other, and servers authenticate (SASL) before they take a
   * connection. Without it anybody who reaches the ports can take part: keep them within a network that you trust.
   * @default none
   */
  readonly secret?: string | undefined;
  /**
   * Key, certificate and authorities for connections between replicas, which check each other's certificates, on the ports for discovery,
   * quorum and election. Set it on all replicas or on none. Probes (`/livez`, `/readyz`) need no TLS. Clients have their own: `server.tls`.
   * @default none
   */
  readonly tls?: QuorumTlsOptions | undefined;
  /**
   * Thread of the server. In a worker thread the code of the application cannot stall the ensemble, and the work for the ensemble cannot
   * stall requests; it costs some 20 MiB. In the main thread, a replica whose event loop is late hands its leadership over.
   * @default "worker"
   */
  readonly thread?: "worker" | "main" | undefined;
  /** Further options of the server, such as `tickTimeMs` or `snapCount`. */
  readonly server?: ReplicaOptions["server"] | undefined;
  /** Called once if the server had to stop by itself: its log can no longer be written. */
  readonly onFailure?: ((cause: unknown) => void) | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** Clock of a replica in the main thread. @default systemClock */
  readonly clock?: Clock | undefined;
}

/** This process's part in its ensemble. */
export interface EnsembleReplica extends AsyncDisposable {
  readonly id: number;
  /** Connect string for clients of this process: the own server first, then those of the others. Empty before there is a configuration. */
  readonly connectString: string;
  /** Role of the own server; `waiting` while it has no configuration. */
  readonly mode: ReplicaState["mode"];
  /** Id of the leader, if there is one. */
  readonly leader: number | undefined;
  /** Ids of the voters; empty before there is a configuration. */
  readonly voters: readonly number[];
  /** True while the own server serves clients. `reason` says why not. For a readiness probe; liveness must never depend on it. */
  readonly readiness: { readonly isReady: boolean; readonly reason: string };
  /** Resolves when the own server serves clients; rejects if `signal` aborts or the replica is closed before. */
  whenReady(signal?: AbortSignal): Promise<void>;
  /**
   * Makes an observer that is in sync a voter in place of one that is gone for good, in one change. Rejects with a
   * `ReconfigurationError` if the leader refuses it.
   */
  replace(change: { readonly lost: number; readonly by: number }): Promise<void>;
  /** Makes an observer that is in sync a voter. Rejects as {@link replace} does. */
  promote(id: number): Promise<void>;
  /** Removes a voter: it counts no more. Rejects as {@link replace} does. */
  remove(id: number): Promise<void>;
  /** Has a leader hand over, and ends the server. The other voters go on if they are a quorum. It changes no configuration. Idempotent. */
  close(): Promise<void>;
}

/**
 * Runs one server of an ensemble in this process, beside the application: the replicas of a service coordinate each other, and nothing
 * else has to run. Resolves when the directory is opened and the ports listen; the search for the others goes on
 * ({@link EnsembleReplica.whenReady}). Rejects with a `RangeError` for invalid options, a `StorageError` if the directory cannot be
 * used or is another replica's, and Node.js's error if a port is in use.
 */
export async function joinEnsemble(options: JoinEnsembleOptions): Promise<EnsembleReplica> {
  const resolved = resolve(options);
  // Loaded here, so that a server alone starts without them.
  if (options.thread !== "main") {
    const { ThreadedReplica } = await import("./threaded-replica.js");
    return new JoinedReplica(resolved.id, await ThreadedReplica.start(resolved));
  }
  const { Replica } = await import("./replica.js");
  const replica = await Replica.start(resolved);
  return new JoinedReplica(resolved.id, {
    get state() {
      return stateOf(replica, resolved);
    },
    whenServing: () => replica.whenServing(),
    reconfigure: (change) => replica.reconfigure(change),
    close: () => replica.close(),
  });
}

/** A replica, in this thread or another one. */
type Carrier = Pick<ThreadedReplica, "state" | "whenServing" | "reconfigure" | "close">;

class JoinedReplica implements EnsembleReplica {
  readonly id: number;
  readonly #carrier: Carrier;

  constructor(id: number, carrier: Carrier) {
    this.id = id;
    this.#carrier = carrier;
  }

  get connectString(): string {
    return this.#carrier.state.connectString;
  }

  get mode(): EnsembleReplica["mode"] {
    return this.#carrier.state.mode;
  }

  get leader(): number | undefined {
    return this.#carrier.state.leader;
  }

  get voters(): readonly number[] {
    return this.#carrier.state.voters;
  }

  get readiness(): EnsembleReplica["readiness"] {
    return this.#carrier.state.readiness;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return aborting(this.#carrier.whenServing(), signal);
  }

  replace({ lost, by }: { readonly lost: number; readonly by: number }): Promise<void> {
    return this.#carrier.reconfigure({ joining: [by], leaving: [lost] });
  }

  promote(id: number): Promise<void> {
    return this.#carrier.reconfigure({ joining: [id], leaving: [] });
  }

  remove(id: number): Promise<void> {
    return this.#carrier.reconfigure({ joining: [], leaving: [id] });
  }

  close(): Promise<void> {
    return this.#carrier.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Checks options and fills in the defaults. */
function resolve(options: JoinEnsembleOptions): ReplicaOptions {
  const {
    dataDir,
    name,
    peers,
    acceptsNoFailure = false,
    host = hostname(),
    ports = {},
    listenAddress = host,
  } = options;
  const { id = idFromHostname(), expect = 3, secret, tls, server = {}, onFailure = () => {} } = options;
  const { logger = silentLogger, clock = systemClock } = options;
  if (name === "") throw new RangeError("name must not be empty: it keeps the replicas of different services apart");
  refuseRange("id", id, MAX_ID);
  refuseRange("expect", expect, MAX_VOTERS);
  if (expect === 2 && !acceptsNoFailure) {
    throw new RangeError(
      "expect: 2 voters stop when either fails; run 3, or set acceptsNoFailure to true if that is what you want",
    );
  }
  if (secret !== undefined && secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`secret must have ${MIN_SECRET_LENGTH} characters or more`);
  }
  const { discovery = DISCOVERY_PORT, quorum = 2888, election = 3888, client = 2181 } = ports;
  return {
    ...{ dataDir, name, id, expect, secret, tls, server, clock, logger, onFailure, listenAddress },
    peers: typeof peers === "function" ? peers : fixedPeers(peers),
    address: { host, quorumPort: quorum, electionPort: election, clientPort: client },
    discoveryPort: discovery,
  };
}

const MAX_ID = 255;
const MIN_SECRET_LENGTH = 16;

function refuseRange(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`${name} must be a whole number from 1 to ${max}, and is ${value}`);
}

function aborting<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const remove = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(remove);
  });
}
