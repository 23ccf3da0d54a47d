import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Child } from "../processes/child.ts";
import { bar, type Progress } from "../report/progress.ts";
import { rotated } from "../report/rotated.ts";
import { cpuUs, proportionalBytes, residentBytes } from "../server-bench/process-usage.ts";
import type { AppOrder } from "./app-process.ts";
import { Figures, type Measured } from "./figures.ts";
import { COORDINATIONS, type Plan, REPLICAS, REQUESTS_PER_SECOND, SLICES, WRITES_PER_SECOND } from "./plan.ts";
import { type ReplicaSet, startReplicaSet } from "./replica-set.ts";
import type { RequestLoad, RequestsDone } from "./request-load-process.ts";
import type { WriteLoad, WriteReport, WritesDone } from "./write-load-process.ts";

/** Bound of a load beyond its own duration; only a hang reaches it. */
const LIMIT_MS = 120_000;

/**
 * Measures all coordinations in each round, in an order that changes from round to round; the sets of replicas run from the start to
 * the end. A first round warms up and does not count.
 */
export async function measureEmbedded(plan: Plan, progress: Progress): Promise<Figures> {
  const figures = new Figures();
  const sets: ReplicaSet[] = [];
  const loads = new Loads();
  try {
    for (const coordination of COORDINATIONS) {
      progress.show(`starting three replicas: ${coordination}`);
      sets.push(await startReplicaSet(coordination));
    }
    for (let round = 0; round <= plan.rounds; round++) {
      const idle = await measureIdle(sets, plan.idleSeconds);
      for (const [index, set] of rotated(sets, round).entries()) {
        const share = (round * sets.length + index) / ((plan.rounds + 1) * sets.length);
        progress.show(`${bar(share)}  round ${round} of ${plan.rounds} · ${set.coordination}`);
        const measured = { ...memoryOf(set), idleCpuPercent: idle.get(set)!, ...(await loads.measure(set, plan)) };
        if (round > 0) figures.add(set.coordination, measured);
      }
    }
  } finally {
    progress.clear();
    await Promise.all([loads.stop(), ...sets.map((set) => set.close())]);
  }
  return figures;
}

/** Returns the CPU of each set per replica, in percent of a core: of the app, and of a server beside it. */
async function measureIdle(sets: readonly ReplicaSet[], seconds: number): Promise<ReadonlyMap<ReplicaSet, number>> {
  const cpuOf = ({ appPids, serverPids }: ReplicaSet): number => sum([...appPids, ...serverPids].map(cpuUs));
  const before = sets.map(cpuOf);
  const startedAt = performance.now();
  await delay(seconds * 1000);
  const elapsedUs = (performance.now() - startedAt) * 1000;
  return new Map(sets.map((set, index) => [set, ((cpuOf(set) - before[index]!) / elapsedUs / REPLICAS) * 100]));
}

type Memory = Pick<Measured, "residentMib" | "sharedOnceMib" | "serversSharedOnceMib">;

function memoryOf({ appPids, serverPids }: ReplicaSet): Memory {
  const mibOfOne = (pids: readonly number[], bytes: (pid: number) => number): number =>
    sum(pids.map(bytes)) / pids.length / 2 ** 20;
  return {
    residentMib: mibOfOne(appPids, residentBytes),
    sharedOnceMib: mibOfOne(appPids, proportionalBytes),
    ...(serverPids.length > 0 && { serversSharedOnceMib: mibOfOne(serverPids, proportionalBytes) }),
  };
}

/** The processes that make requests and writes. */
class Loads {
  readonly #requests = new Child<RequestsDone>(join(import.meta.dirname, "request-load-process.ts"));
  readonly #writes = new Child<WriteReport>(join(import.meta.dirname, "write-load-process.ts"));

  async measure(
    set: ReplicaSet,
    { loadSeconds: seconds }: Plan,
  ): Promise<Omit<Measured, keyof Memory | "idleCpuPercent">> {
    const requests: RequestLoad = { ports: set.ports, perSecond: REQUESTS_PER_SECOND, seconds };
    const quiet = await this.#request(requests);
    const request = { requestP50Ms: quiet.p50Ms, requestP99Ms: quiet.p99Ms };
    if (set.coordination === "none") return request;
    const servers = (await set.leadership()).servers.join(",");
    const [busy] = await Promise.all([
      this.#request(requests),
      this.#write({ servers, seconds, perSecond: WRITES_PER_SECOND }),
    ]);
    const writes = await this.#write({ servers: await followerOf(set), seconds });
    order(set, { type: "slices", ...SLICES });
    const sliced = await this.#write({ servers: await followerOf(set), seconds });
    order(set, { type: "slices", busyMs: 0, everyMs: 0 });
    return {
      ...request,
      ...{ busyRequestP50Ms: busy.p50Ms, busyRequestP99Ms: busy.p99Ms },
      ...{ writeP50Ms: writes.p50Ms, writeP99Ms: writes.p99Ms },
      ...{ slicedWriteP50Ms: sliced.p50Ms, slicedWriteP99Ms: sliced.p99Ms },
      ...{ slicedLongestMs: sliced.longestMs, slicedLeaderChanges: sliced.leaderChanges },
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#requests.stop(), this.#writes.stop()]);
  }

  #request(load: RequestLoad): Promise<RequestsDone> {
    this.#requests.send({ type: "run", ...load });
    return this.#requests.next("done", load.seconds * 1000 + LIMIT_MS);
  }

  #write(load: WriteLoad): Promise<WritesDone> {
    this.#writes.send({ type: "run", ...load });
    return this.#writes.next("done", load.seconds * 1000 + LIMIT_MS);
  }
}

/** Returns the connect string of a server that does not lead. */
async function followerOf(set: ReplicaSet): Promise<string> {
  const { leader, servers } = await set.leadership();
  return servers[(leader + 1) % servers.length]!;
}

function order({ apps }: ReplicaSet, message: AppOrder): void {
  for (const app of apps) app.send(message);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
