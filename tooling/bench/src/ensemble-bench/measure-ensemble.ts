import { measureFailOver } from "../processes/fail-over.ts";
import type { Job, JobTarget } from "../server-bench/load/job.ts";
import type { LoadGenerator } from "../server-bench/load-generator.ts";
import { proportionalBytes, residentBytes } from "../server-bench/process-usage.ts";
import type { BenchEnsemble } from "./ensembles.ts";
import { measureFloorOfAWrite } from "./floor-of-a-write.ts";

/** Figures of one ensemble in one round, by name. */
export type Figures = ReadonlyMap<string, number>;

const BUSY = { connections: 12, inFlight: 64 };
const MIB = 1024 * 1024;

/**
 * Sets before the first measurement, many at a time and one at a time: the server that was killed in the round before has compiled
 * nothing yet, and most code runs once for all that arrives together.
 */
const WARM_UP = [
  { ...BUSY, count: 60_000 },
  { connections: 3, inFlight: 1, count: 20_000 },
] as const;
const loads: readonly { readonly name: string; readonly job: (target: JobTarget) => Job }[] = [
  { name: "set", job: (target) => ({ kind: "operations", operation: "set", ...BUSY, count: 40_000, ...target }) },
  { name: "create", job: (target) => ({ kind: "operations", operation: "create", ...BUSY, count: 10_000, ...target }) },
  { name: "get", job: (target) => ({ kind: "operations", operation: "get", ...BUSY, count: 60_000, ...target }) },
  {
    name: "set, three clients at depth 1",
    job: (target) => ({ kind: "operations", operation: "set", connections: 3, inFlight: 1, count: 1_500, ...target }),
  },
  {
    name: "set, one client at depth 1",
    job: (target) => ({ kind: "operations", operation: "set", connections: 1, inFlight: 1, count: 1_000, ...target }),
  },
];

/** Measures every load on an ensemble, then kills its leader. Resolves when all servers serve again. */
export async function measureEnsemble(ensemble: BenchEnsemble, generator: LoadGenerator): Promise<Figures> {
  const measured = new Map<string, number>();
  const target = await ensemble.target();
  for (const load of WARM_UP) await generator.run({ kind: "operations", operation: "set", ...load, ...target });
  for (const { name, job } of loads) {
    const { perSecond, cpuUs, p50Us } = await generator.run(job(target));
    measured.set(`${name}: a second`, perSecond!);
    measured.set(`${name}: CPU of all servers, µs`, cpuUs!);
    if (p50Us !== undefined) measured.set(`${name}: p50, µs`, p50Us);
  }
  const { echoUs, fdatasyncUs, writeUs, bareUs, bareCpuUs } = await measureFloorOfAWrite(BUSY);
  measured.set("floor: echo, µs", echoUs);
  measured.set("floor: fdatasync, µs", fdatasyncUs);
  measured.set("floor: the same messages and flushes in Node.js, without a server, µs", bareUs);
  measured.set("floor: the same under the load of the sets, CPU of all processes, µs", bareCpuUs);
  measured.set(
    "set, one client: p50 / (two echoes + one fdatasync)",
    measured.get("set, one client at depth 1: p50, µs")! / writeUs,
  );
  measured.set(
    "set, one client: p50 / (the same in Node.js, without a server)",
    measured.get("set, one client at depth 1: p50, µs")! / bareUs,
  );
  const { others = [] } = target;
  const pids = [target.pid, ...others.map(({ pid }) => pid)];
  measured.set("resident, MiB", pids.reduce((sum, pid) => sum + residentBytes(pid), 0) / MIB);
  measured.set("memory, shared pages once, MiB", pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0) / MIB);
  const survivors = others.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const { detectedMs, recoveredMs } = await measureFailOver(survivors, "/bench/target", () => ensemble.killLeader());
  measured.set("leader killed: detected after, ms", detectedMs);
  measured.set("leader killed: written again after detection, ms", recoveredMs);
  measured.set("leader killed: without writes, ms", detectedMs + recoveredMs);
  await ensemble.allServe();
  return measured;
}
