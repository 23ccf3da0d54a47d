import { percentile } from "../report/statistics.ts";
import type { Settle } from "./clients/client-under-test.ts";
import type { Depth } from "./plan.ts";

/** Figures of one cell in one round. */
export interface Measured {
  readonly operations: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** User and system time of all threads of the process, including garbage collection and event loop. */
  readonly cpuUs: number;
}

export interface MeasureOptions {
  readonly depth: Depth;
  readonly durationMs: number;
  /** Limit of operations, which bounds tree and samples. */
  readonly maxOperations: number;
}

/** Keeps `depth` operations in flight for a while: each one starts the next when it ends. Rejects with the first error. */
export function measure(begin: (settle: Settle) => void, options: MeasureOptions): Promise<Measured> {
  const { depth, durationMs, maxOperations } = options;
  const latencies = new Float64Array(maxOperations);
  let begun = 0;
  let settled = 0;
  return new Promise((resolve, reject) => {
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    const deadline = startedAt + durationMs;
    const finish = (now: number): void => {
      const cpu = process.cpuUsage(cpuBefore);
      const samples = latencies.subarray(0, settled);
      resolve({
        operations: settled,
        perSecond: settled / ((now - startedAt) / 1000),
        p50Us: percentile(samples, 0.5) * 1000,
        p99Us: percentile(samples, 0.99) * 1000,
        cpuUs: (cpu.user + cpu.system) / settled,
      });
    };
    const startChain = (): void => {
      let beganAt = startedAt;
      const next = (): void => {
        begun++;
        begin(settle);
      };
      const settle: Settle = (error) => {
        const now = performance.now();
        if (error !== undefined) return reject(error);
        latencies[settled++] = now - beganAt;
        beganAt = now;
        if (now < deadline && begun < maxOperations) next();
        else if (settled === begun) finish(now);
      };
      next();
    };
    for (let index = 0; index < depth; index++) startChain();
  });
}
