import { Summary } from "../pipeline/summary.js";
import type { SyncPlan } from "../zab/sync/sync-plan.js";

/** Sizes of proposals in bytes. -1 before the first one, as in Apache. */
export interface ProposalSizes {
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

const NONE: ProposalSizes = { last: -1, min: -1, max: -1 };

/** Totals of a member of an ensemble since its start, under the names of Apache's metrics where it has them. */
export class MemberStats {
  /** Times from the start of a search to its decision, in milliseconds. */
  readonly electionTime = new Summary();
  /** Times from the connection to a leader to the end of the synchronization with it, in milliseconds. */
  readonly followerSyncTime = new Summary();
  readonly observerSyncTime = new Summary();
  /** Times from proposals of a sample to their commits, and to the acknowledgements of each follower, in milliseconds. */
  readonly quorumAckLatency = new Summary();
  readonly ackLatency = new Map<string, Summary>();
  /** Records proposed and committed as leader. */
  proposals = 0;
  commits = 0;
  /** Acknowledgements of proposals that arrived from followers. */
  acks = 0;
  /** Records received and committed as a learner. */
  receivedProposals = 0;
  receivedCommits = 0;
  /** Questions of learners about sessions. */
  revalidations = 0;
  /** Times to give a proposal or a commit of the leader to observers, in milliseconds. */
  readonly observerMasterTimes = { proposal: new Summary(), commit: new Summary() };
  /** Synchronizations of learners, by mode. */
  readonly syncs: Record<SyncPlan["mode"], number> = { diff: 0, trunc: 0, snap: 0 };
  #sizes = NONE;

  get proposalSizes(): ProposalSizes {
    return this.#sizes;
  }

  acknowledged(server: bigint, tookMs: number): void {
    const key = String(server);
    const latency = this.ackLatency.get(key) ?? new Summary();
    this.ackLatency.set(key, latency);
    latency.observe(tookMs);
  }

  proposed(bytes: number): void {
    const { min, max } = this.#sizes;
    this.#sizes = { last: bytes, min: min === -1 ? bytes : Math.min(min, bytes), max: Math.max(max, bytes) };
  }

  /** Resets the sizes of proposals, as `srst` does. */
  resetSizes(): void {
    this.#sizes = NONE;
  }
}
