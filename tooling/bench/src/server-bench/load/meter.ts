import { cpuUs } from "../process-usage.ts";

/** Time and CPU time since {@link startMeter}. */
export interface Used {
  readonly ms: number;
  /** CPU time of the server. */
  readonly cpuUs: number;
  /** CPU time of this process. */
  readonly ownCpuUs: number;
}

/** Starts to measure; the returned function returns the figures since the start. */
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
