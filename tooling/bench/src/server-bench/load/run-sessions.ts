import { setTimeout as delay } from "node:timers/promises";
import { residentBytes } from "../process-usage.ts";
import { closeCrowd, openCrowd } from "./crowd.ts";
import type { HoldJob, JobResult, SessionsJob } from "./job.ts";
import { startMeter } from "./meter.ts";

/** Pause before memory is read, because a server frees and allocates memory a little later. */
const SETTLE_MS = 1000;
/** Number of sessions that are opened and closed first: one-time allocations of a server do not count as memory of sessions. */
const FIRST_SESSIONS = 1000;

/** Opens sessions and closes them; only opening is measured. */
export async function runSessions({ port, pid, count }: SessionsJob): Promise<JobResult> {
  const stop = startMeter([pid]);
  const crowd = await openCrowd([port], count);
  const { ms, cpuUs, ownCpuUs } = stop();
  await closeCrowd(crowd);
  return { perSecond: (count / ms) * 1000, cpuUs: cpuUs / count, ownCpuUs: ownCpuUs / count };
}

export async function runHold({ port, pid, count }: HoldJob): Promise<JobResult> {
  await closeCrowd(await openCrowd([port], FIRST_SESSIONS));
  await delay(SETTLE_MS);
  const before = residentBytes(pid);
  const crowd = await openCrowd([port], count);
  await delay(SETTLE_MS);
  const bytesEach = (residentBytes(pid) - before) / count;
  await closeCrowd(crowd);
  return { bytesEach };
}
