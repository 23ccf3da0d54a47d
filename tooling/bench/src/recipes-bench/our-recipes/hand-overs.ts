import { setTimeout as delay } from "node:timers/promises";
import type { ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { startUsage } from "./usage.ts";

/** Lets contenders for one mutex, each with a session of its own, acquire it and release it at once, again and again. */
export async function handOver(
  clients: readonly ZooKeeper[],
  { path, warmMs, forMs }: { readonly path: string; readonly warmMs: number; readonly forMs: number },
): Promise<{ readonly count: number; readonly ms: number; readonly cpuUs: number }> {
  let count = 0;
  let isOver = false;
  const contenders = clients.map(async (zk) => {
    const mutex = new Mutex(zk, { path });
    while (!isOver) {
      const grant = await mutex.acquire();
      count++;
      await grant.release();
    }
  });
  await delay(warmMs);
  const before = count;
  const used = startUsage();
  await delay(forMs);
  const result = { count: count - before, ...used() };
  isOver = true;
  await Promise.all(contenders);
  return result;
}
