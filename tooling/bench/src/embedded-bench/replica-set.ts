import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JoinEnsembleOptions } from "@conclave/embedded";
import { freePorts } from "@conclave/runtime";
import { fourLetterWord } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { type BenchEnsemble, startEnsemble } from "../ensemble-bench/ensembles.ts";
import { Child } from "../processes/child.ts";
import type { AppInput, AppReport } from "./app-process.ts";
import { type Coordination, REPLICAS } from "./plan.ts";

const PORTS_OF_ONE = 4;
const IDS = Array.from({ length: REPLICAS }, (_, index) => index + 1);

/** One app in three processes, with the ensemble that it uses. */
export interface ReplicaSet {
  readonly coordination: Coordination;
  readonly apps: readonly Child<AppReport>[];
  /** HTTP ports of the apps. */
  readonly ports: readonly number[];
  readonly appPids: readonly number[];
  /** Processes of servers beside the apps. */
  readonly serverPids: readonly number[];
  /** Resolves with the index of the server that leads, and the addresses of all. */
  leadership(): Promise<{ readonly leader: number; readonly servers: readonly string[] }>;
  /** Resolves when the server with this index serves its clients. */
  serves(index: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts three replicas of the app. Resolves when all of them serve, and are members if they coordinate. */
export async function startReplicaSet(
  coordination: Coordination,
  server: JoinEnsembleOptions["server"] = {},
): Promise<ReplicaSet> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const isEmbedded = coordination === "worker" || coordination === "main";
  const ensemble: BenchEnsemble | undefined =
    coordination === "external"
      ? await startEnsemble("conclave", { members: REPLICAS, observers: 0 }, undefined)
      : undefined;
  const outside = await ensemble?.target();
  const outsidePorts = [outside, ...(outside?.others ?? [])].flatMap((each) => each?.port ?? []);
  const free = isEmbedded ? await freePorts(PORTS_OF_ONE * REPLICAS) : [];
  const places = IDS.map((id) => free.slice(PORTS_OF_ONE * (id - 1)));
  const peers = places.map(([discovery]) => `127.0.0.1:${discovery}`);
  const inputs = places.map(([discovery, quorum, election, client], index): AppInput => {
    const id = index + 1;
    if (!isEmbedded) return ensemble === undefined ? { id } : { id, servers: addresses(outsidePorts).join(",") };
    const replica: JoinEnsembleOptions = {
      ...{
        name: "bench",
        id,
        peers,
        dataDir: join(folder, String(id)),
        host: "127.0.0.1",
        server,
        thread: coordination,
      },
      ports: { discovery, quorum, election, client },
    };
    return { id, replica };
  });
  const apps = inputs.map((input) => new Child<AppReport>(join(import.meta.dirname, "app-process.ts"), { input }));
  const clientPorts = isEmbedded ? places.map(([, , , client]) => client!) : outsidePorts;
  const close = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.stop()));
    await ensemble?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const serving = await Promise.all(apps.map((app) => app.next("serving", 120_000)));
    return {
      ...{ coordination, apps, ports: serving.map(({ port }) => port), close },
      appPids: apps.map(({ pid }) => pid!),
      serverPids: outside === undefined ? [] : [outside.pid, ...outside.others!.map(({ pid }) => pid)],
      leadership: async () => ({ leader: await leaderOf(clientPorts), servers: addresses(clientPorts) }),
      serves: async (index) => {
        await eventually(async () => (await modeOf(clientPorts[index]!)) !== undefined, { what: "the server" });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function addresses(ports: readonly number[]): string[] {
  return ports.map((port) => `127.0.0.1:${port}`);
}

/** Resolves with the index of the leader's port. */
function leaderOf(ports: readonly number[]): Promise<number> {
  const find = async (): Promise<number> => (await Promise.all(ports.map(modeOf))).indexOf("leader");
  return eventually(find, { until: (index) => index >= 0, what: "a leader" });
}

/** Resolves with `leader` or `follower`, or with undefined while the server does not serve. */
async function modeOf(port: number): Promise<string | undefined> {
  const answer = await fourLetterWord({ port, word: "srvr" }).catch(() => "");
  return /^Mode: (\w+)$/m.exec(answer)?.[1];
}
