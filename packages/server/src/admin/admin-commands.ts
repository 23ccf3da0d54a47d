import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { snapshotsAmong } from "../storage/file-names.js";
import type { Connection } from "../transport/connection.js";
import type { CommandBody } from "./answer-json.js";
import { environment } from "./environment.js";
import { leaderInfo, observers, votingView, zabState } from "./member-commands.js";
import { metricEntries } from "./metric-lines.js";
import { operationCode } from "./operation-code.js";
import { metricsOf } from "./server-metrics.js";
import type { ServerStatus } from "./server-status.js";

/** A command that is asked for by GET and answers JSON. */
export interface AdminCommand {
  /** The first is the name, the others stand for it. */
  readonly names: readonly [string, ...string[]];
  /** It changes something: by POST only, and for a super user. */
  readonly changes?: true;
  run(status: ServerStatus, query: URLSearchParams): CommandBody | Promise<CommandBody>;
}

/*
 * The commands of Apache's AdminServer, as org.apache.zookeeper.server.admin.Commands has them for a standalone server;
 * `snapshot` and `restore` are not here, for they move files and ask for credentials.
 */
export const adminCommands: readonly AdminCommand[] = [
  {
    names: ["connection_stat_reset", "crst"],
    changes: true,
    run: nothing((status) => status.resetConnectionStatistics()),
  },
  { names: ["configuration", "conf", "config"], run: configuration },
  {
    names: ["connections", "cons"],
    run: ({ plainConnections, secureConnections }) => ({
      connections: Array.from(plainConnections, connectionInfo),
      secure_connections: Array.from(secureConnections, connectionInfo),
    }),
  },
  {
    names: ["hash"],
    run: ({ digestLog }) => ({
      digests: Array.from(digestLog, ({ zxid, digest }) => ({ zxid, digest, digest_version: 2 })),
    }),
  },
  {
    names: ["dirs"],
    async run(status) {
      const { dataDirSize, logDirSize } = await status.dataSizes();
      return { datadir_size: dataDirSize, logdir_size: logDirSize };
    },
  },
  {
    names: ["dump"],
    run: (status) => ({
      expiry_time_to_session_ids: Object.fromEntries(
        Array.from(status.sessionsByExpiry(), ([date, sessions]) => [
          date.getTime(),
          Array.from(sessions, ({ id }) => id),
        ]),
      ),
      session_id_to_ephemeral_paths: Object.fromEntries(status.ephemeralsBySession()),
    }),
  },
  { names: ["environment", "env", "envi"], run: (status) => Object.fromEntries(environment(status)) },
  { names: ["get_trace_mask", "gtmk"], run: ({ traceMask }) => ({ tracemask: traceMask }) },
  {
    names: ["initial_configuration", "icfg"],
    async run(status) {
      const { ensemble: _, ...rest } = await status.configuration();
      const settings = Object.entries(rest);
      return { initial_configuration: settings.map(([name, value]) => `${name}=${value}\n`).join("") };
    },
  },
  { names: ["is_read_only", "isro"], run: ({ mode }) => ({ read_only: mode === "read-only" }) },
  { names: ["last_snapshot", "lsnp"], run: lastSnapshot },
  { names: ["leader", "lead"], run: leaderInfo },
  { names: ["monitor", "mntr"], run: (status) => Object.fromEntries(metricEntries(metricsOf(status), status)) },
  { names: ["observer_connection_stat_reset", "orst"], changes: true, run: () => ({}) },
  { names: ["ruok"], run: () => ({}) },
  { names: ["set_trace_mask", "stmk"], changes: true, run: setTraceMask },
  { names: ["server_stats", "srvr"], run: serverStats },
  {
    names: ["stats", "stat"],
    run: async (status) => ({
      ...(await serverStats(status)),
      connections: Array.from(status.plainConnections, briefConnectionInfo),
      secure_connections: Array.from(status.secureConnections, briefConnectionInfo),
    }),
  },
  { names: ["stat_reset", "srst"], changes: true, run: nothing((status) => status.resetStatistics()) },
  { names: ["observers", "obsr"], run: observers },
  { names: ["system_properties", "sysp"], run: systemProperties },
  { names: ["voting_view"], run: votingView },
  {
    names: ["watches", "wchc"],
    run: (status) => ({ session_id_to_watched_paths: Object.fromEntries(status.watchesBySession()) }),
  },
  {
    names: ["watches_by_path", "wchp"],
    run: (status) => ({ path_to_session_ids: Object.fromEntries(status.watchesByPath()) }),
  },
  {
    names: ["watch_summary", "wchs"],
    run(status) {
      const { connections, paths, watches } = status.watchSummary();
      return { num_connections: connections, num_paths: paths, num_total_watches: watches };
    },
  },
  { names: ["zabstate"], run: zabState },
];

function nothing(act: (status: ServerStatus) => void): AdminCommand["run"] {
  return (status) => {
    act(status);
    return {};
  };
}

async function configuration(status: ServerStatus): Promise<CommandBody> {
  const conf = await status.configuration();
  return {
    client_port: conf.clientPort,
    data_dir: conf.dataDir,
    data_log_dir: conf.dataLogDir,
    tick_time: conf.tickTime,
    max_client_cnxns: conf.maxClientCnxns,
    min_session_timeout: conf.minSessionTimeout,
    max_session_timeout: conf.maxSessionTimeout,
    server_id: conf.serverId,
    client_port_listen_backlog: conf.clientPortListenBacklog,
  };
}

function briefConnectionInfo({ remote, interestOps, order, received, sent }: Connection): CommandBody {
  return {
    remote_socket_address: remote,
    interest_ops: interestOps,
    outstanding_requests: order.length,
    packets_received: received,
    packets_sent: sent,
  };
}

function connectionInfo(connection: Connection): CommandBody {
  const { session, statistics, establishedAt } = connection;
  return {
    ...briefConnectionInfo(connection),
    session_id: session?.id ?? 0n,
    last_operation: operationCode(statistics.lastOperation),
    established: establishedAt,
    session_timeout: session?.timeoutMs ?? 0,
    last_cxid: statistics.lastCxid,
    last_zxid: statistics.lastZxid,
    last_response_time: Math.floor(statistics.lastResponseAt),
    last_latency: Math.floor(statistics.lastLatencyMs),
    min_latency: Math.floor(statistics.minLatencyMs),
    avg_latency: Math.floor(statistics.averageLatencyMs),
    max_latency: Math.floor(statistics.maxLatencyMs),
  };
}

/** Formats like Apache: the zxid in hexadecimal, the time of the file in seconds; -1 if there is none. */
async function lastSnapshot({ folders }: ServerStatus): Promise<CommandBody> {
  const { snapshots } = folders;
  const [newest] = snapshots === undefined ? [] : snapshotsAmong(await readdir(snapshots));
  if (snapshots === undefined || newest === undefined) return { zxid: "ffffffffffffffff", timestamp: -1 };
  const { mtimeMs } = await stat(join(snapshots, newest.name));
  return { zxid: newest.zxid.toString(16), timestamp: Math.floor(mtimeMs / 1000) };
}

function setTraceMask(status: ServerStatus, query: URLSearchParams): CommandBody {
  const text = query.get("traceMask");
  if (text === null) return { error: "setTraceMask requires long traceMask argument" };
  if (!/^-?\d{1,19}$/.test(text)) return { error: `setTraceMask requires long traceMask argument, got ${text}` };
  status.traceMask = BigInt.asIntN(64, BigInt(text));
  return { tracemask: status.traceMask };
}

/** Sizes of single replies are not measured here: -1, as in Apache's server before the first. */
const NOT_MEASURED = { last_buffer_size: -1, min_buffer_size: -1, max_buffer_size: -1 };

async function serverStats(status: ServerStatus): Promise<CommandBody> {
  const { latency, received, sent } = status.stats;
  const { dataDirSize, logDirSize } = await status.dataSizes();
  return {
    version: status.version,
    read_only: false,
    server_stats: {
      packets_sent: sent,
      packets_received: received,
      fsync_threshold_exceed_count: 0,
      client_response_stats: NOT_MEASURED,
      data_dir_size: dataDirSize,
      log_dir_size: logDirSize,
      last_processed_zxid: status.lastZxid,
      outstanding_requests: status.outstanding,
      avg_latency: latency.average,
      max_latency: latency.max,
      min_latency: latency.min,
      num_alive_client_connections: status.connectionCount,
      auth_failed_count: status.stats.authFailures,
      server_state: status.mode,
      uptime: Math.round(status.uptimeMs),
      provider_null: false,
    },
    client_response: NOT_MEASURED,
    node_count: status.nodeCount,
    ...proposalStats(status),
  };
}

function proposalStats({ member }: ServerStatus): CommandBody {
  if (member?.leading === undefined) return {};
  const { last, min, max } = member.stats.proposalSizes;
  return { proposal_stats: { last_buffer_size: last, min_buffer_size: min, max_buffer_size: max } };
}

/** Node.js has no system properties; the versions of its components are the nearest equivalent. */
function systemProperties(status: ServerStatus): CommandBody {
  const versions = Object.entries(process.versions).map(([name, version]) => [`${name}.version`, version] as const);
  const all = [...versions, ...environment(status).filter(([name]) => !name.startsWith("zookeeper."))];
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}
