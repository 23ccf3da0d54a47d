import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type LeaderElectionOptions, type Leadership } from "@conclave/recipes";
import { type Logger, onAbort } from "@conclave/runtime";

/** Settings of a {@link Campaign}. */
export type CampaignOptions = LeaderElectionOptions & {
  readonly name: string;
  readonly logger: Logger;
  /** Called with the fencing token when this process begins to lead, and with `undefined` when its leadership has ended. */
  readonly onLeads: (fencingToken: bigint | undefined) => void;
};

/** Campaign of this process for the leadership. After a loss it campaigns again, until its signal aborts. */
export class Campaign {
  /** Resolves when the campaign has ended: its signal has aborted, and the requests let in as leader have been answered. */
  readonly ended: Promise<void>;
  readonly #election: LeaderElection;

  /** Starts to campaign. When `signal` aborts, the leadership ends with the tasks that {@link ifLeader} runs. */
  constructor(zk: ZooKeeper, signal: AbortSignal, { onLeads, ...options }: CampaignOptions) {
    const { logger, name } = options;
    this.#election = new LeaderElection(zk, options);
    const lead = async ({ signal: held, fencingToken }: Leadership): Promise<void> => {
      if (held.aborted) return;
      logger.info(`leading ${name}`, { fencingToken });
      onLeads(fencingToken);
      await new Promise<void>((resolve) => void onAbort(held, resolve));
      logger.info(`leadership of ${name} ended`, { fencingToken, error: held.reason });
      onLeads(undefined);
    };
    this.ended = this.#election.lead(lead, { signal }).catch((error: unknown) => {
      logger.error(`campaign for leader of ${name} ended`, { error });
    });
  }

  /** Leadership of this process; `undefined` while it does not lead. */
  get leadership(): Leadership | undefined {
    return this.#election.current;
  }

  /** Runs `task` if this process leads, and keeps the leadership until it has settled. Returns `undefined` if it does not lead. */
  ifLeader(task: () => Promise<void>): Promise<void> | undefined {
    return this.#election.ifLeader(task, () => undefined);
  }
}
