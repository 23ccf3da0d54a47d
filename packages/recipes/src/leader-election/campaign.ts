import type { ZooKeeper } from "@conclave/client";
import { Waiter } from "../wait-queue/waiter.js";
import { CANDIDATE_STEM, candidates } from "./election-layout.js";
import type { ResolvedElectionOptions } from "./election-options.js";
import { WonLeadership } from "./leadership.js";
import { nominate, readNomination, withdrawNomination } from "./nomination.js";

/** Campaigns once; resolves when elected. Calls `onElected` synchronously, before any other code sees the leadership. */
export function campaign(
  zk: ZooKeeper,
  options: ResolvedElectionOptions,
  signal: AbortSignal | undefined,
  onElected: (leadership: WonLeadership) => void,
): Promise<WonLeadership> {
  const { label, path, id, logger } = options;
  let nominated: string | undefined;
  const waiter = new Waiter<WonLeadership>(
    {
      ...options,
      zk,
      stem: CANDIDATE_STEM,
      data: id,
      ahead: candidates.earlierThan,
      what: `leadership of ${label}`,
      readQueue: async () => {
        const queue = await readNomination(zk, path);
        nominated = queue.nominee;
        return queue;
      },
      grant: (parameters) => {
        const own = parameters.path.slice(path.length + 1);
        if (nominated === own) withdrawNomination(zk, path, own, logger);
        const leadership = new WonLeadership({
          ...parameters,
          election: label,
          id,
          nominate: (next) => nominate(zk, path, next, own),
        });
        onElected(leadership);
        return leadership;
      },
    },
    signal,
  );
  return waiter.wait();
}
