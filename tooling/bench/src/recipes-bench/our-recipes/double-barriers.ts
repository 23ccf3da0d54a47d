import type { ZooKeeper } from "@conclave/client";
import { DoubleBarrier, type Passage } from "@conclave/recipes";
import { startUsage } from "./usage.ts";

/**
 * Enters all barriers with each client in succession, then leaves them, as in section 5.3 of the ZooKeeper paper.
 * `finishedMs` is the mean time of all clients.
 */
export async function enterAndLeave(
  clients: readonly ZooKeeper[],
  path: string,
  barriers: number,
): Promise<{ readonly finishedMs: number; readonly cpuUs: number }> {
  const used = startUsage();
  const finished = await Promise.all(
    clients.map(async (zk) => {
      const passages: Passage[] = [];
      for (let number = 0; number < barriers; number++) {
        passages.push(await new DoubleBarrier(zk, { path: `${path}/${number}`, size: clients.length }).enter());
      }
      for (const passage of passages) await passage.leave();
      return used().ms;
    }),
  );
  return { finishedMs: finished.reduce((total, ms) => total + ms / clients.length, 0), cpuUs: used().cpuUs };
}
