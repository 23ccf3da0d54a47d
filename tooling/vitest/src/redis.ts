import { type Redis, type RedisOptions, startRedis as startOnThisMachine } from "@conclave/services";
import type { TestOptions } from "vitest";
import { services } from "./services.ts";

/** Returns options that skip a test or suite without Redis; the report counts the reason. */
export const onRedisOnly = (): Pick<TestOptions, "skip" | "meta"> => {
  const found = services().redis;
  return found.available ? {} : { skip: true, meta: { skippedBecause: `no Redis: ${found.reason}` } };
};

/** Starts Redis, which the caller closes. Call it in tests and hooks with {@link onRedisOnly}. */
export const startRedis = async (options: Omit<RedisOptions, "redis"> = {}): Promise<Redis> => {
  const found = services().redis;
  if (!found.available) throw new Error(found.reason);
  return startOnThisMachine({ ...options, redis: found });
};
