import type { Grant } from "./grant.js";

/**
 * Acquires, runs `task` and releases, also if the task throws; resolves with the result of the task. The task never starts
 * under a grant that has ended: if the grant ends before, as in a pause of the process, it acquires again.
 */
export async function runUnderGrant<G extends Grant, T>(
  acquire: () => Promise<G>,
  task: (grant: G) => Promise<T> | T,
): Promise<T> {
  for (;;) {
    await using grant = await acquire();
    if (!grant.signal.aborted) return await task(grant);
  }
}
