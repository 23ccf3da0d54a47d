import { type MakePathOptions, makePath, retry, type ZooKeeper } from "@conclave/client";
import type { Clock, Random } from "@conclave/runtime";

/** Dependencies and options of {@link ensurePath}. */
export interface EnsurePathOptions extends Omit<MakePathOptions, "container"> {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Creates the missing znodes of a path as containers. Retries after lost connections: the operation is idempotent.
 */
export function ensurePath(zk: ZooKeeper, path: string, options: EnsurePathOptions): Promise<void> {
  const { acl, signal, clock, random } = options;
  return retry(zk, () => makePath(zk, path, { acl, container: true, signal }), {
    ...{ signal, clock, random, attempts: Number.POSITIVE_INFINITY },
    ifUnknown: async () => ({ done: false }),
  });
}
