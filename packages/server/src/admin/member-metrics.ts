import type { LeadingStatus, MemberStatus } from "../quorum/member-status.js";
import { counter, gauge, type Metric, summaries, summary } from "./metric.js";

/** Returns the metrics of a member of an ensemble; those of a leader only while it leads. */
export function memberMetrics({ configuration, leading, observers, stats }: MemberStatus): readonly Metric[] {
  return [
    gauge("quorum_size", configuration.voters.size, "Servers of the ensemble with a vote"),
    ...(leading === undefined ? [] : leaderGauges(leading)),
    ...(observers === undefined
      ? []
      : [gauge("synced_observers", observers.length, "Observers that get transactions")]),
    ...(leading === undefined ? [] : proposalSizes(stats.proposalSizes)),
    counter("proposal_count", stats.proposals, "Transactions proposed as leader"),
    counter("commit_count", stats.commits, "Transactions committed as leader"),
    counter("learner_proposal_received_count", stats.receivedProposals, "Transactions received from leaders"),
    counter("learner_commit_received_count", stats.receivedCommits, "Commits received from leaders"),
    counter("diff_count", stats.syncs.diff + stats.syncs.trunc, "Learners synchronized by transactions"),
    counter("snap_count", stats.syncs.snap, "Learners synchronized by a snapshot"),
    counter("revalidate_count", stats.revalidations, "Sessions that learners asked about"),
    summary("election_time", stats.electionTime, "Time to find a leader in milliseconds"),
    summary("follower_sync_time", stats.followerSyncTime, "Time to synchronize as a follower in milliseconds"),
    summary("observer_sync_time", stats.observerSyncTime, "Time to synchronize as an observer in milliseconds"),
    summary(
      "om_proposal_process_time_ms",
      stats.observerMasterTimes.proposal,
      "Time to keep a proposal for observers, in milliseconds",
    ),
    summary(
      "om_commit_process_time_ms",
      stats.observerMasterTimes.commit,
      "Time to send a commit to observers, in milliseconds",
    ),
    summary(
      "quorum_ack_latency",
      stats.quorumAckLatency,
      "Time from a proposal to its commit, of a sample, in milliseconds",
      true,
    ),
    summaries(
      "ack_latency",
      stats.ackLatency,
      "Time from a proposal to the acknowledgement of a server, of a sample, in milliseconds",
    ),
  ];
}

function leaderGauges(leading: LeadingStatus): Metric[] {
  return [
    gauge("learners", leading.learners, "Connected followers and observers"),
    gauge("synced_followers", leading.syncedFollowers, "Followers that get proposals"),
    gauge("synced_non_voting_followers", leading.syncedNonVotingFollowers, "Followers without a vote"),
    gauge("pending_syncs", leading.pendingSyncs, "Sync requests without an answer yet"),
    gauge("leader_uptime", Math.round(leading.uptimeMs), "Milliseconds since this server began to lead"),
  ];
}

function proposalSizes({ last, min, max }: MemberStatus["stats"]["proposalSizes"]): Metric[] {
  return [
    gauge("last_proposal_size", last, "Bytes of the last proposal"),
    gauge("max_proposal_size", max, "Bytes of the largest proposal"),
    gauge("min_proposal_size", min, "Bytes of the smallest proposal"),
  ];
}
