import { type MakePathOptions, makePath, retry, type ZooKeeper } from "@conclave/client";
import type { Clock, Random } from "@conclave/runtime";

/** What {@link ensurePath} works with. */
export interface EnsurePathOptions extends Omit<MakePathOptions, "container"> {
  readonly clock: Clock;
  readonly random: Random;
}

/** Makes what is missing of a path, as containers, through lost connections: to make it twice is to make it once. */
export function ensurePath(zk: ZooKeeper, path: string, options: EnsurePathOptions): Promise<void> {
  const { acl, signal, clock, random } = options;
  return retry(zk, () => makePath(zk, path, { acl, container: true, signal }), {
    ...{ signal, clock, random, attempts: Number.POSITIVE_INFINITY },
    ifUnknown: async () => ({ done: false }),
  });
}
