import { type Redis, type RedisOptions, startRedis as startOnThisMachine } from "@conclave/services";
import type { TestOptions } from "vitest";
import { services } from "./services.ts";

/** Options that skip a test or a suite where there is no Redis; the run counts the reason at its end. */
export const onRedisOnly = (): Pick<TestOptions, "skip" | "meta"> => {
  const found = services().redis;
  return found.available ? {} : { skip: true, meta: { skippedBecause: `no Redis: ${found.reason}` } };
};

/** A Redis of the caller's own, to be closed by it. Call it in tests and hooks that {@link onRedisOnly} guards. */
export const startRedis = async (options: Omit<RedisOptions, "redis"> = {}): Promise<Redis> => {
  const found = services().redis;
  if (!found.available) throw new Error(found.reason);
  return startOnThisMachine({ ...options, redis: found });
};
