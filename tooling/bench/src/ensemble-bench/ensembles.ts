import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Apache, apacheMember, freeAddresses, type ServerAddress } from "@conclave/services";
import { eventually } from "@conclave/testing";
import type { JobTarget } from "../server-bench/load/job.ts";
import { JVM_ARGS } from "../server-bench/servers.ts";
import { ZOO_CFG } from "../server-bench/zoo-cfg.ts";
import { ConclaveMember } from "./conclave-member.ts";

export type EnsembleName = "conclave" | "apache";

/** Several servers that replicate each other, each a process with an empty data directory. */
export interface BenchEnsemble {
  readonly name: EnsembleName;
  /** All servers, the leader first. */
  target(): Promise<JobTarget>;
  /** Kills the leader by SIGKILL, starts it again later, and resolves with the ports of the others. */
  killLeader(): Promise<readonly number[]>;
  /** Resolves when every server serves. Starts those that were killed. */
  allServe(): Promise<void>;
  close(): Promise<void>;
}

interface BenchMember {
  readonly port: number;
  readonly pid: number | undefined;
  mode(): Promise<string | undefined>;
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

async function apacheMembers(
  apache: Apache,
  addresses: readonly ServerAddress[],
  folder: string,
): Promise<readonly BenchMember[]> {
  return addresses.map(({ id, clientPort }) => {
    const config = { ...ZOO_CFG, initLimit: 10, syncLimit: 5 };
    const server = apacheMember({
      ...{ apache, id, members: addresses, folder: join(folder, String(id)), config, jvmArgs: JVM_ARGS },
    });
    return {
      port: clientPort,
      get pid() {
        return server.pid;
      },
      mode: () => server.mode(),
      start: () => server.restart(),
      kill: () => server.kill(),
      stop: () => server.stop(),
    };
  });
}

/** Starts an ensemble. Resolves when all of its servers serve. */
export async function startEnsemble(
  name: EnsembleName,
  { members: voters, observers }: { readonly members: number; readonly observers: number },
  apache: Apache | undefined,
): Promise<BenchEnsemble> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const addresses = (await freeAddresses(voters + observers)).map(
    (address): ServerAddress => (address.id > voters ? { ...address, role: "observer" } : address),
  );
  const servers = addresses
    .map(({ id, quorumPort, electionPort, role = "participant" }) => {
      return `server.${id}=127.0.0.1:${quorumPort}:${electionPort}:${role}`;
    })
    .join("\n");
  const members =
    name === "conclave"
      ? addresses.map((address) => new ConclaveMember({ address, servers, folder: join(folder, String(address.id)) }))
      : await apacheMembers(apache!, addresses, folder);
  const leaderNow = async (): Promise<BenchMember | undefined> => {
    const modes = await Promise.all(members.map((member) => member.mode()));
    return members[modes.indexOf("leader")];
  };
  const allServe = async (): Promise<void> => {
    await Promise.all(members.filter(({ pid }) => pid === undefined).map((member) => member.start()));
    const modes = (): Promise<(string | undefined)[]> => Promise.all(members.map((member) => member.mode()));
    await eventually(async () => (await modes()).every((mode) => mode !== undefined) || undefined);
  };
  const close = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await allServe();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name,
    async target() {
      const leader = (await leaderNow())!;
      const others = members.filter((member) => member !== leader).map(({ port, pid }) => ({ port, pid: pid! }));
      return { port: leader.port, pid: leader.pid!, others };
    },
    async killLeader() {
      const leader = (await leaderNow())!;
      await leader.kill();
      return members.filter((member) => member !== leader).map(({ port }) => port);
    },
    ...{ allServe, close },
  };
}
