import type { QuorumSet } from "../configuration/quorum-set.js";
import type { ZxidHistory } from "../sync/zxid-history.js";

/** Options of a leader. */
export interface LeaderOptions {
  readonly id: bigint;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** All records on this server's disk. The leader adds to it. */
  readonly history: ZxidHistory;
  readonly configurations: QuorumSet;
  /** If false, configurations in records are ignored, as in Apache. */
  readonly reconfigEnabled: boolean;
  /** Time for each step until the leader serves, and for each learner until it is up to date, in milliseconds. */
  readonly initLimitMs: number;
  /** Time within which a learner has to answer, in milliseconds. */
  readonly syncLimitMs: number;
  /** Counter that no record gets, so that the next one needs a new epoch. @default 0xffffffff, all 32 bits */
  readonly largestCounter?: number | undefined;
}
