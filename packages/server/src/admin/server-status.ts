import { join } from "node:path";
import type { Clock } from "@conclave/runtime";
import type { Database } from "../database/database.js";
import type { ResolvedServerOptions } from "../options/server-options.js";
import type { ServerStats } from "../pipeline/server-stats.js";
import type { MemberStatus } from "../quorum/member-status.js";
import type { Role } from "../roles/role.js";
import type { ConnectionThrottle } from "../sessions/connection-throttle.js";
import type { Session } from "../sessions/session.js";
import { VERSION_FOLDER } from "../storage/file-names.js";
import type { ClientPorts } from "../transport/client-ports.js";
import type { Connection } from "../transport/connection.js";
import type { LargeRequests } from "../transport/large-requests.js";
import type { DataTree } from "../tree/data-tree.js";
import type { Watcher } from "../tree/watch-table.js";
import { folderSize } from "./folder-size.js";
import type { StorageTimes } from "./storage-times.js";
import { VERSION_LINE } from "./version.js";

export interface ServerStatusParts {
  readonly options: ResolvedServerOptions;
  /** The current database and role; others after a restore. */
  readonly state: () => { readonly database: Database; readonly role: Role };
  readonly isServing: () => boolean;
  /** State as a member of an ensemble; undefined for a server that is alone. */
  readonly member: () => MemberStatus | undefined;
  readonly times: StorageTimes;
  readonly throttle: ConnectionThrottle;
  readonly largeRequests: LargeRequests;
  readonly stats: ServerStats;
  readonly clock: Clock;
  readonly ports: ClientPorts;
}

/** Answer to `conf`, in Apache's order and under its names. */
export interface ServerConfiguration {
  readonly clientPort: number;
  readonly secureClientPort: number;
  readonly dataDir: string;
  readonly dataDirSize: number;
  readonly dataLogDir: string;
  readonly dataLogSize: number;
  readonly tickTime: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly clientPortListenBacklog: number;
  readonly serverId: number;
  /** Settings of a member of an ensemble; undefined for a server that is alone. */
  readonly ensemble?: EnsembleSettings | undefined;
}

/** The part of `conf` about the ensemble. */
export interface EnsembleSettings {
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly electionAlg: number;
  readonly electionPort: string;
  readonly quorumPort: string;
  /** 0 for a participant, 1 for an observer. */
  readonly peerType: number;
  /** Text of the active configuration. */
  readonly membership: string;
}

/** Fast leader election, the only one that is left. */
const ELECTION_ALGORITHM = 3;

/** Apache's "none". */
const NONE = -1;
/** The `serverId` that Apache's standalone server reports. Its session ids carry another one. */
const REPORTED_SERVER_ID = 0;
/** ZooTrace's default: client requests, packets of servers, sessions, warnings. */
const DEFAULT_TRACE_MASK = 306n;

/**
 * The state of a running server for four-letter words and HTTP commands: the one place that reads all its parts. Each
 * value is that of the moment in which it is read.
 */
export class ServerStatus {
  readonly #parts: ServerStatusParts;
  readonly #startedAt: number;
  readonly version = VERSION_LINE;
  /** Stored and without effect: in Apache's server it selects log messages, which the Logger does here. */
  traceMask = DEFAULT_TRACE_MASK;

  constructor(parts: ServerStatusParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  get #tree(): DataTree {
    return this.#parts.state().database.tree;
  }

  get #role(): Role {
    return this.#parts.state().role;
  }

  get mode(): string {
    return this.#role.mode;
  }

  /** State as a member of an ensemble; undefined for a server that is alone. */
  get member(): MemberStatus | undefined {
    return this.#parts.member();
  }

  get stats(): ServerStats {
    return this.#parts.stats;
  }

  get lastZxid(): bigint {
    return this.#tree.lastZxid;
  }

  /** Apache counts "" and "/", which are one znode here. */
  get nodeCount(): number {
    return this.#tree.nodeCount + 1;
  }

  get ephemeralCount(): number {
    return this.#tree.ephemeralCount;
  }

  get watchCount(): number {
    return this.#tree.dataWatches.size + this.#tree.childWatches.size;
  }

  /** Bytes of znodes: paths and data. */
  get approximateDataBytes(): number {
    return this.#tree.approximateDataBytes;
  }

  get sessionCount(): number {
    return this.#role.sessions.size;
  }

  get localSessionCount(): number {
    return this.#role.localSessions ?? 0;
  }

  /** Writes that are proposed and not yet answered. */
  get outstanding(): number {
    return this.#role.outstanding;
  }

  get times(): StorageTimes {
    return this.#parts.times;
  }

  /** Requests refused because there were too many large ones. */
  get largeRequestsRejected(): number {
    return this.#parts.largeRequests.rejected;
  }

  /** Probability that a connection is refused. */
  get dropProbability(): number {
    return this.#parts.throttle.dropProbability;
  }

  get digestMismatches(): number {
    return this.#parts.state().database.digestMismatches;
  }

  /** Writes that a quota refused. */
  get quotaRefusals(): number {
    return this.#role.quotaRefusals;
  }

  get uptimeMs(): number {
    return this.#parts.clock.now() - this.#startedAt;
  }

  /** True while clients are served; false during a restore. */
  get isServing(): boolean {
    return this.#parts.isServing();
  }

  get plainConnections(): Iterable<Connection> {
    return this.#parts.ports.plain?.connections ?? [];
  }

  get secureConnections(): Iterable<Connection> {
    return this.#parts.ports.secure?.connections ?? [];
  }

  /** Connections of all ports. */
  get connections(): Iterable<Connection> {
    return this.#parts.ports.connections();
  }

  get connectionCount(): number {
    return this.#parts.ports.connectionCount;
  }

  /** When the sessions expire unless they give a sign of life; earliest first. */
  *sessionsByExpiry(): Generator<readonly [expiresAt: Date, sessions: ReadonlySet<Session>]> {
    const { clock } = this.#parts;
    const { sessions } = this.#role;
    const offset = clock.wallTime() - clock.now();
    for (const [expiresAt, expiring] of sessions.byExpiry()) yield [new Date(expiresAt + offset), expiring];
  }

  /** The sessions that own ephemerals, and which. */
  *ephemeralsBySession(): Generator<readonly [sessionId: bigint, paths: readonly string[]]> {
    const tree = this.#tree;
    for (const id of tree.sessions.keys()) {
      const paths = [...tree.ephemeralsOf(id)];
      if (paths.length > 0) yield [id, paths];
    }
  }

  /**
   * Yields the sessions that watch the data of each path, for Apache's `wchp`. Watches on children are not included.
   */
  *watchesByPath(): Generator<readonly [path: string, sessionIds: readonly bigint[]]> {
    for (const [path, watchers] of this.#tree.dataWatches.byPath()) yield [path, [...watchers].map(sessionIdOf)];
  }

  /** Yields the watched paths of each session, for `wchc`. */
  *watchesBySession(): Generator<readonly [sessionId: bigint, paths: readonly string[]]> {
    for (const [watcher, paths] of this.#tree.dataWatches.byWatcher()) yield [sessionIdOf(watcher), paths];
  }

  watchSummary(): { readonly connections: number; readonly paths: number; readonly watches: number } {
    let [connections, paths, watches] = [0, 0, 0];
    for (const [, watched] of this.watchesBySession()) {
      connections++;
      watches += watched.length;
    }
    for (const _ of this.watchesByPath()) paths++;
    return { connections, paths, watches };
  }

  /** Digests of the tree after some of its last transactions, oldest first, for `hash`. */
  get digestLog(): Iterable<{ readonly zxid: bigint; readonly digest: bigint }> {
    return this.#tree.digestLog;
  }

  /** Folders of the data, as far as they are on disk. */
  get folders(): { readonly snapshots: string | undefined; readonly logs: string | undefined } {
    const { dataDir, dataLogDir } = this.#parts.options;
    const logs = dataLogDir ?? dataDir;
    return {
      snapshots: dataDir === undefined ? undefined : join(dataDir, VERSION_FOLDER),
      logs: logs === undefined ? undefined : join(logs, VERSION_FOLDER),
    };
  }

  async dataSizes(): Promise<{ readonly dataDirSize: number; readonly logDirSize: number }> {
    const { snapshots, logs } = this.folders;
    const [dataDirSize, logDirSize] = await Promise.all([folderSize(snapshots), folderSize(logs)]);
    return { dataDirSize, logDirSize };
  }

  async configuration(): Promise<ServerConfiguration> {
    const { options, ports } = this.#parts;
    const { dataDirSize, logDirSize } = await this.dataSizes();
    return {
      clientPort: ports.plain?.port ?? NONE,
      secureClientPort: ports.secure?.port ?? NONE,
      dataDir: this.folders.snapshots ?? "",
      dataDirSize,
      dataLogDir: this.folders.logs ?? "",
      dataLogSize: logDirSize,
      tickTime: options.tickTimeMs,
      maxClientCnxns: options.maxClientConnections,
      minSessionTimeout: options.minSessionTimeoutMs,
      maxSessionTimeout: options.maxSessionTimeoutMs,
      clientPortListenBacklog: options.clientPortListenBacklog ?? NONE,
      serverId: Number(this.member?.id ?? REPORTED_SERVER_ID),
      ensemble: this.#ensembleSettings(),
    };
  }

  #ensembleSettings(): EnsembleSettings | undefined {
    const { member } = this;
    const { ensemble } = this.#parts.options;
    if (member === undefined || ensemble === undefined) return undefined;
    const own = member.configuration.members.get(member.id);
    const ports = (port: "electionPort" | "quorumPort"): string =>
      (own?.addresses ?? []).map((address) => address[port]).join("|");
    return {
      ...{ initLimit: ensemble.initLimit, syncLimit: ensemble.syncLimit, electionAlg: ELECTION_ALGORITHM },
      ...{ electionPort: ports("electionPort"), quorumPort: ports("quorumPort") },
      ...{ peerType: own?.role === "observer" ? 1 : 0, membership: member.configuration.toString() },
    };
  }

  resetStatistics(): void {
    this.#parts.stats.reset();
    this.member?.stats.resetSizes();
  }

  resetConnectionStatistics(): void {
    for (const connection of this.connections) connection.resetStatistics();
  }
}

/** Every watcher is a connection. */
function sessionIdOf(watcher: Watcher): bigint {
  return (watcher as Connection).session?.id ?? 0n;
}
