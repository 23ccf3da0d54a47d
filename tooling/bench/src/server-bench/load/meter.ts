import { cpuUs } from "../process-usage.ts";

/** What was used since {@link startMeter}. */
export interface Used {
  readonly ms: number;
  /** CPU time of the server. */
  readonly cpuUs: number;
  /** CPU time of this process. */
  readonly ownCpuUs: number;
}

/** Begins to measure; the function that it returns tells what was used until it is called. */
export function startMeter(pid: number): () => Used {
  const cpuBefore = cpuUs(pid);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const ms = performance.now() - startedAt;
    const own = process.cpuUsage(ownBefore);
    return { ms, cpuUs: cpuUs(pid) - cpuBefore, ownCpuUs: own.user + own.system };
  };
}
