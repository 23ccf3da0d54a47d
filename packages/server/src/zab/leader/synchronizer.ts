import { planSync, type SyncPlan } from "../sync/sync-plan.js";
import type { LeaderOutput } from "./leader-output.js";
import type { LearnerLink } from "./learner-link.js";
import type { Proposals } from "./proposals.js";

/** Brings learners to the end of a leader's history, and to the proposals that follow it. */
export class Synchronizer {
  readonly #proposals: Proposals;
  readonly #output: LeaderOutput;
  /** Last zxid with which each server got a TRUNC. */
  readonly #truncated = new Map<bigint, bigint>();

  constructor(proposals: Proposals, output: LeaderOutput) {
    this.#proposals = proposals;
    this.#output = output;
  }

  /**
   * Sends everything up to the last proposal; to an observer, up to the last commit. What is proposed later has to follow.
   * Returns false, and sends nothing, if the learner has to wait until more is applied here.
   */
  synchronize(link: LearnerLink, now: number): boolean {
    const { learner } = link;
    const plan = this.#planFor(link);
    if (plan.mode === "snap" && this.#wouldLose(link)) return false;
    this.#output.emit({ type: "sync", learner, plan });
    link.enter("synchronizing", now);
    link.acked = this.#proposals.committed;
    link.forwarded = this.#proposals.committed;
    for (const { record, isCommitted } of this.#proposals.inFlightAfter(plan.to)) {
      const { zxid } = record.header;
      if (!isCommitted && link.role === "observer") break;
      this.#output.send([learner], { type: "proposal", record });
      if (isCommitted) this.#output.send([learner], { type: "commit", zxid });
      else link.forwardedTo(zxid, now);
    }
    return true;
  }

  /** Notes that a learner has this leader's history on its disk: it did not refuse a TRUNC. */
  acknowledged({ id }: LearnerLink): void {
    this.#truncated.delete(id);
  }

  /** Lets a learner that has the history serve, now that the leader is established; then sends the commits that waited for this. */
  bringUpToDate(link: LearnerLink, now: number): void {
    link.enter("upToDate", now);
    this.#output.send([link.learner], { type: "upToDate" });
    for (const packet of link.held.splice(0)) this.#output.send([link.learner], packet);
  }

  /**
   * Returns true if the learner may have committed records that are not applied here yet. A snapshot would remove them from its
   * disk, and others may count on its copy.
   */
  #wouldLose({ lastZxid }: LearnerLink): boolean {
    const { history, applied } = this.#proposals;
    const common = history.floor(lastZxid);
    return common !== undefined && common > applied;
  }

  /**
   * Decides by all committed records, so that no learner truncates one of them: others may count on its copy. The records of
   * the plan end at those that this server has applied, since only these are certainly on its disk.
   */
  #planFor({ id, lastZxid }: LearnerLink): SyncPlan {
    const { history, applied } = this.#proposals;
    const plan = planSync(lastZxid, history, this.#truncated.get(id) === lastZxid);
    // Kept after a snapshot: the learner may come back before it has installed it.
    if (plan.mode === "trunc") this.#truncated.set(id, lastZxid);
    return { ...plan, to: plan.mode !== "snap" && plan.after > applied ? plan.after : applied };
  }
}
