import { cpuUs } from "../process-usage.ts";

/** Time and CPU time since {@link startMeter}. */
export interface Used {
  readonly ms: number;
  /** CPU time of the servers. */
  readonly cpuUs: number;
  /** CPU time of this process. */
  readonly ownCpuUs: number;
}

/** Starts to measure; the returned function returns the figures since the start. */
export function startMeter(pids: readonly number[]): () => Used {
  const cpuOfAll = (): number => pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
  const cpuBefore = cpuOfAll();
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const ms = performance.now() - startedAt;
    const own = process.cpuUsage(ownBefore);
    return { ms, cpuUs: cpuOfAll() - cpuBefore, ownCpuUs: own.user + own.system };
  };
}
