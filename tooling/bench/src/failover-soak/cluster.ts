import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeAddresses, type ServerAddress } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { Member } from "../processes/ensemble-member.ts";

const HOST = "127.0.0.1";

/** Members of one ensemble, each a process of its own. */
export class Cluster implements AsyncDisposable {
  readonly members: readonly Member[];
  readonly connectString: string;
  readonly #folder: string;

  private constructor(addresses: readonly ServerAddress[], tickTimeMs: number, folder: string) {
    const servers = addresses
      .map(({ id, quorumPort, electionPort }) => `server.${id}=${HOST}:${quorumPort}:${electionPort}`)
      .join("\n");
    this.#folder = folder;
    this.connectString = addresses.map(({ clientPort }) => `${HOST}:${clientPort}`).join(",");
    this.members = addresses.map(
      ({ id, clientPort }) =>
        new Member(id, {
          ...{
            dataDir: join(folder, String(id)),
            clientPort,
            tickTimeMs,
            maxSessionTimeoutMs: 60_000,
            snapCount: 5_000,
          },
          ensemble: { id, servers },
        }),
    );
  }

  /** Starts a cluster. Resolves when all members serve. */
  static async start(size: number, tickTimeMs: number): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-failover-"));
    const cluster = new Cluster(await freeAddresses(size), tickTimeMs, folder);
    for (const member of cluster.members) member.start();
    await cluster.allServe();
    return cluster;
  }

  get leader(): Member | undefined {
    return this.members.find(({ mode }) => mode === "leader");
  }

  get followers(): Member[] {
    return this.members.filter(({ mode }) => mode === "follower");
  }

  /** Starts the members that do not run. Resolves when all of them serve. */
  async allServe(): Promise<void> {
    for (const member of this.members) if (!member.isRunning) member.start();
    const serving = (): boolean =>
      this.members.every(({ mode }) => mode === "leader" || mode === "follower") && this.leader !== undefined;
    await eventually(() => serving() || undefined, { what: "all members to serve", timeoutMs: 60_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) member.resume();
    await Promise.all(this.members.map((member) => member.kill()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
