import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { readWaiters } from "../wait-queue/read-waiters.js";
import type { WaiterOrder } from "../wait-queue/waiter-order.js";

/** Data that Curator's `Revoker` writes to the holder's znode to request the lock (`LockInternals.REVOKE_MESSAGE`). */
const REVOKE = "__REVOKE__";

/** Returns true if the data of the holder's znode requests the lock. */
export function isRevocationRequest(data: Uint8Array | null): boolean {
  return data !== null && Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1") === REVOKE;
}

/** Asks the first contender to release. Resolves with true if there is one. */
export async function requestRevocation(
  zk: ZooKeeper,
  path: string,
  order: WaiterOrder,
  options: OperationOptions,
): Promise<boolean> {
  for (;;) {
    const [first] = order.waiters(await readWaiters(zk, path, options));
    if (first === undefined) return false;
    try {
      await zk.setData(`${path}/${first}`, REVOKE, options);
      return true;
    } catch (error) {
      // The contender left the queue between the two requests: another one is first.
      if (!isZkError(error, "NO_NODE")) throw error;
    }
  }
}
