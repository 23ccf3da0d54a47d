import { join } from "node:path";
import { orThrow } from "../install/availability.ts";
import { freePorts } from "../process/free-ports.ts";
import { HANG_MS } from "../process/hang.ts";
import type { TcpLink } from "../process/tcp-link.ts";
import { removeFolder, temporaryFolder } from "../process/temporary-folder.ts";
import { type Apache, apacheOnce } from "./apache.ts";
import { type ApacheServer, ApacheServerProcess } from "./apache-server.ts";
import type { ApacheOptions } from "./apache-standalone.ts";
import { openLateLink } from "./late-link.ts";
import { withFreshPorts } from "./with-fresh-ports.ts";
import { baseCfg, ensembleCfg, type ServerAddress } from "./zoo-cfg.ts";

/** Options of {@link startApacheEnsemble}. */
export interface ApacheEnsembleOptions extends ApacheOptions {
  /** Number of servers. @default 3 */
  readonly servers?: number | undefined;
  /**
   * Largest random delay of a message from the leader to a follower. With about 25 ms, a test that reads from one server a
   * write acknowledged by another fails soon instead of rarely.
   * @default 0
   */
  readonly followerLagMs?: number | undefined;
}

/** A running Apache ZooKeeper ensemble. */
export interface ApacheEnsemble extends AsyncDisposable {
  /** All servers: `127.0.0.1:12001,127.0.0.1:12002,…`. */
  readonly connectString: string;
  /** By ascending id, from 1. */
  readonly servers: readonly ApacheServer[];
  /** Returns the current leader; undefined during an election. */
  leader(): Promise<ApacheServer | undefined>;
  /** Stops all servers and removes their folders. May be called more than once. */
  close(): Promise<void>;
}

/** Options of {@link apacheMember}. */
export interface ApacheMemberOptions extends ApacheOptions {
  readonly apache: Apache;
  readonly id: number;
  /** All servers of the ensemble, whatever they run. */
  readonly members: readonly ServerAddress[];
  /** Folder of the data and settings of this server. */
  readonly folder: string;
}

/** Returns one server of an ensemble whose other servers are started elsewhere. It is not started. */
export const apacheMember = (options: ApacheMemberOptions): ApacheServer => {
  const { apache, id, members, folder, logLevel } = options;
  const { clientPort, role } = members.find((member) => member.id === id)!;
  return new ApacheServerProcess({
    ...{ apache, id, folder, clientPort, logLevel, dataDir: join(folder, "data") },
    config: [baseCfg, ensembleCfg(members), { peerType: role }, options.config ?? {}],
    ...{ jvmArgs: options.jvmArgs ?? [], startTimeoutMs: options.startTimeoutMs ?? HANG_MS },
  });
};

/** Returns addresses on free ports for a number of servers, with ids from 1. */
export const freeAddresses = async (count: number): Promise<readonly ServerAddress[]> => {
  const ports = await freePorts(3 * count);
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    clientPort: ports[3 * index]!,
    quorumPort: ports[3 * index + 1]!,
    electionPort: ports[3 * index + 2]!,
  }));
};

/** Returns the addresses for the zoo.cfg of one member: with a lag, the others are reached through delaying links. */
const addressesFor = (id: number, members: readonly ServerAddress[], lagMs: number, links: TcpLink[]) =>
  Promise.all(
    members.map(async (member) => {
      if (lagMs === 0 || member.id === id) return member;
      const link = await openLateLink(member.quorumPort, lagMs);
      links.push(link);
      return { ...member, quorumPort: link.port };
    }),
  );

const start = async (options: ApacheEnsembleOptions): Promise<ApacheEnsemble> => {
  const apache = options.apache ?? orThrow(await apacheOnce());
  const folder = await temporaryFolder("apache");
  const members = await freeAddresses(options.servers ?? 3);
  const links: TcpLink[] = [];
  const views = await Promise.all(
    members.map(({ id }) => addressesFor(id, members, options.followerLagMs ?? 0, links)),
  );
  const servers = members.map(
    ({ id, clientPort }, index) =>
      new ApacheServerProcess({
        apache,
        id,
        clientPort,
        dataDir: join(folder, String(id), "data"),
        folder: join(folder, String(id)),
        config: [baseCfg, ensembleCfg(views[index]!), options.config ?? {}],
        jvmArgs: options.jvmArgs ?? [],
        logLevel: options.logLevel,
        startTimeoutMs: options.startTimeoutMs ?? HANG_MS,
      }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    for (const link of links) link.close();
    await removeFolder(folder);
  };
  const started = await Promise.allSettled(servers.map((server) => server.restart()));
  const failures = started.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  if (failures.length > 0) {
    await close();
    // A member that lost its port is the cause; the others only waited for it.
    throw failures.find((failure) => "portTaken" in failure && failure.portTaken === true) ?? failures[0]!;
  }
  return {
    connectString: members.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(","),
    servers,
    leader: async () => {
      const modes = await Promise.all(servers.map((server) => server.mode()));
      return servers[modes.indexOf("leader")];
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};

/**
 * Starts an Apache ZooKeeper ensemble on loopback ports. Resolves when every member serves. Rejects with the output of a member
 * that does not, or with a `ServiceUnavailableError`.
 */
export const startApacheEnsemble = (options: ApacheEnsembleOptions = {}): Promise<ApacheEnsemble> =>
  withFreshPorts(() => start(options));
