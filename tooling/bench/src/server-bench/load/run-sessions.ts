import { setTimeout as delay } from "node:timers/promises";
import { residentBytes } from "../process-usage.ts";
import { closeCrowd, openCrowd } from "./crowd.ts";
import type { HoldJob, JobResult, SessionsJob } from "./job.ts";
import { startMeter } from "./meter.ts";

/** Before memory is read: what a server frees or asks for a little later counts. */
const SETTLE_MS = 1000;
/** Opened and closed before sessions are held: what a server sets up for the first of them is not theirs. */
const FIRST_SESSIONS = 1000;

/** Opening is measured, closing is not. */
export async function runSessions({ port, pid, count }: SessionsJob): Promise<JobResult> {
  const stop = startMeter(pid);
  const crowd = await openCrowd(port, count);
  const { ms, cpuUs, ownCpuUs } = stop();
  await closeCrowd(crowd);
  return { perSecond: (count / ms) * 1000, cpuUs: cpuUs / count, ownCpuUs: ownCpuUs / count };
}

export async function runHold({ port, pid, count }: HoldJob): Promise<JobResult> {
  await closeCrowd(await openCrowd(port, FIRST_SESSIONS));
  await delay(SETTLE_MS);
  const before = residentBytes(pid);
  const crowd = await openCrowd(port, count);
  await delay(SETTLE_MS);
  const bytesEach = (residentBytes(pid) - before) / count;
  await closeCrowd(crowd);
  return { bytesEach };
}
