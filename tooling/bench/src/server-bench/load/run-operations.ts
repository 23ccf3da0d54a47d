import { percentile } from "../../report/statistics.ts";
import { closeCrowd, openCrowd } from "./crowd.ts";
import { type JobResult, type LoadOperation, type OperationsJob, pidsOf, portsOf } from "./job.ts";
import { startMeter } from "./meter.ts";
import { ROOT, TARGET } from "./paths.ts";
import { errorOf, type RawConnection } from "./raw-connection.ts";
import { createFrame, getFrame, setFrame } from "./request-frames.ts";
import { numberedPath, RequestRing } from "./request-ring.ts";

/** Parent of the znodes that one job creates. */
let parents = 0;

/**
 * Keeps `inFlight` requests of each connection in flight until `count` are answered: as many are sent as one read brings
 * answers to. Latencies are taken where each connection has one request in flight. Rejects at the first error code.
 */
export async function runOperations(job: OperationsJob): Promise<JobResult> {
  const { operation, inFlight, count } = job;
  const crowd = await openCrowd(portsOf(job), job.connections);
  const parent = `${ROOT}/c${++parents}`;
  if (operation === "create") await crowd[0]!.ask(createFrame(parent));
  const rings = crowd.map(() => newRing(operation, parent, inFlight));
  const latenciesMs = inFlight === 1 ? new Float64Array(count) : undefined;
  const stop = startMeter(pidsOf(job));
  await exchange(crowd, rings, inFlight, count, latenciesMs);
  const { ms, cpuUs, ownCpuUs } = stop();
  await closeCrowd(crowd);
  return {
    perSecond: (count / ms) * 1000,
    cpuUs: cpuUs / count,
    ownCpuUs: ownCpuUs / count,
    ...(latenciesMs && { p50Us: percentile(latenciesMs, 0.5) * 1000, p99Us: percentile(latenciesMs, 0.99) * 1000 }),
  };
}

function newRing(operation: LoadOperation, parent: string, slots: number): RequestRing {
  if (operation === "get") return new RequestRing(getFrame(TARGET), slots);
  if (operation === "set") return new RequestRing(setFrame(TARGET), slots);
  const path = numberedPath(`${parent}/n`);
  return new RequestRing(createFrame(path), slots, path);
}

function exchange(
  crowd: readonly RawConnection[],
  rings: readonly RequestRing[],
  inFlight: number,
  count: number,
  latenciesMs: Float64Array | undefined,
): Promise<void> {
  let begun = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    for (const [index, connection] of crowd.entries()) {
      const ring = rings[index]!;
      let inRead = 0;
      let sentAt = 0;
      const send = (bytes: Uint8Array): void => connection.write(bytes);
      const ask = (most: number): void => {
        const next = Math.min(most, count - begun);
        if (next === 0) return;
        if (latenciesMs !== undefined) sentAt = performance.now();
        begun += next;
        ring.take(next, begun - next, send);
      };
      connection.onLost = reject;
      connection.onFrame = (bytes, start) => {
        inRead++;
        const err = errorOf(bytes, start);
        if (err !== 0) reject(new Error(`the server answers with error ${err}`));
      };
      connection.onRead = () => {
        const more = inRead;
        if (more === 0) return;
        inRead = 0;
        if (latenciesMs !== undefined) latenciesMs[answered] = performance.now() - sentAt;
        answered += more;
        if (answered === count) resolve();
        else ask(more);
      };
      ask(inFlight);
    }
  });
}
