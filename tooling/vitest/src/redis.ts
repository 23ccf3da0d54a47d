import { type Redis, type RedisOptions, startRedis as startOnThisMachine } from "@conclave/services";
import type { TestOptions } from "vitest";
import { services } from "./services.ts";

/** What makes a test or a suite skipped, with its reason counted at the end of the run, where there is no Redis. */
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
