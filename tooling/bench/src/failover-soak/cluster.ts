import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freeAddresses, removeFolder, type ServerAddress, temporaryFolder } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { Member } from "../processes/ensemble-member.ts";
import { MemberClocks } from "./member-clocks.ts";
import { MemberDisks } from "./member-disks.ts";
import { MemberNetwork } from "./member-network.ts";

const HOST = "127.0.0.1";

/** Parts of the machine that faults need; a text says why this machine does not have one. */
export interface Equipment {
  readonly network: MemberNetwork | string;
  readonly disks: MemberDisks | string;
  readonly clocks: MemberClocks | string;
}

/** Members of one ensemble, each a process of its own. */
export class Cluster implements AsyncDisposable {
  readonly members: readonly Member[];
  readonly equipment: Equipment;
  readonly #connectStrings: ReadonlyMap<number, string>;
  readonly #folder: string;

  private constructor(
    addresses: readonly ServerAddress[],
    tickTimeMs: number,
    { folder, ...equipment }: Equipment & { readonly folder: string },
  ) {
    const { network, disks, clocks } = equipment;
    const hostOf = (id: number): string => (typeof network === "string" ? HOST : network.hostOf(id));
    const servers = addresses
      .map(({ id, quorumPort, electionPort }) => `server.${id}=${hostOf(id)}:${quorumPort}:${electionPort}`)
      .join("\n");
    this.#folder = folder;
    this.equipment = equipment;
    this.#connectStrings = new Map(addresses.map(({ id, clientPort }) => [id, `${hostOf(id)}:${clientPort}`]));
    this.members = addresses.map(({ id, clientPort }) => {
      const disk = typeof disks === "string" ? join(folder, String(id)) : disks.folderOf(id);
      return new Member(id, {
        input: {
          ...{ dataDir: join(disk, "data"), clientPort, clientPortAddress: hostOf(id), tickTimeMs },
          // Little is allocated ahead, so that a full disk is soon felt.
          ...{ maxSessionTimeoutMs: 60_000, maxClientConnections: 0, snapCount: 5_000, preAllocBytes: 64 * 1024 },
          ensemble: { id, servers },
        },
        prefix: typeof network === "string" ? [] : network.commandPrefix(id),
        env: typeof clocks === "string" ? {} : clocks.environment(id),
      });
    });
  }

  /** Starts a cluster. Resolves when all members serve. */
  static async start(size: number, tickTimeMs: number): Promise<Cluster> {
    const folder = await temporaryFolder("failover");
    await mkdir(folder, { recursive: true });
    const [network, disks, clocks] = await Promise.all([
      MemberNetwork.open(size),
      MemberDisks.open(size, folder),
      MemberClocks.open(size, folder),
    ]);
    const cluster = new Cluster(await freeAddresses(size), tickTimeMs, { folder, network, disks, clocks });
    try {
      await cluster.allServe();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get connectString(): string {
    return this.connectStringOf(this.members);
  }

  connectStringOf(members: readonly Member[]): string {
    return members.map(({ id }) => this.#connectStrings.get(id)).join(",");
  }

  get leader(): Member | undefined {
    return this.members.find(({ mode }) => mode === "leader");
  }

  get followers(): Member[] {
    return this.members.filter(({ mode }) => mode === "follower");
  }

  /** Ends all faults, and starts the members that do not run. Resolves when all of them serve. */
  async allServe(): Promise<void> {
    const { network, disks, clocks } = this.equipment;
    if (typeof network !== "string") await network.heal();
    if (typeof clocks !== "string") await clocks.reset();
    for (const { id } of this.members) if (typeof disks !== "string") await disks.free(id);
    for (const member of this.members) {
      member.resume();
      if (!member.isRunning) member.start();
    }
    const serving = (): boolean => {
      const ended = this.members.find(({ isRunning }) => !isRunning);
      if (ended !== undefined) throw new Error(`server ${ended.id} does not start: ${ended.lastOutput}`);
      return this.members.every(({ mode }) => mode === "leader" || mode === "follower") && this.leader !== undefined;
    };
    await eventually(serving, { what: "all members to serve", timeoutMs: 60_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) member.resume();
    await Promise.all(this.members.map((member) => member.kill()));
    const { network, disks } = this.equipment;
    if (typeof network !== "string") await network[Symbol.asyncDispose]();
    if (typeof disks !== "string") await disks[Symbol.asyncDispose]();
    await removeFolder(this.#folder);
  }
}
